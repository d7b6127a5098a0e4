#include "ui/speech/speak_page.h"

#include <QDir>
#include <QFileDialog>
#include <QFileInfo>
#include <QLabel>
#include <QPlainTextEdit>
#include <QProgressBar>
#include <QPushButton>
#include <QSettings>
#include <QSplitter>
#include <QStackedWidget>
#include <QVBoxLayout>

#include "core/base/error.h"
#include "core/base/file.h"
#include "ui/engine/engine_pool.h"
#include "ui/library/model_picker.h"
#include "ui/speech/play_bar.h"
#include "ui/speech/read_overview.h"
#include "ui/speech/sound_player.h"
#include "ui/speech/sound_questions.h"
#include "ui/speech/voice_form.h"
#include "ui/speech/wav_file.h"
#include "ui/speech/wave_view.h"
#include "ui/widgets/notice_bar.h"
#include "ui/widgets/widgets.h"

namespace orrery::ui {
namespace {

constexpr auto kModelKey = "speech/voiceModel";
constexpr auto kTextKey = "speech/text";
constexpr int kTitleLetters = 40;

}  // namespace

SpeakPage::SpeakPage(Services& services, QWidget* parent)
    : QWidget(parent),
      services_(services),
      file_(QFileInfo(services.settings.fileName()).absolutePath() +
            QStringLiteral("/speech/spoken.wav")),
      runner_(new SoundRunner(services, this)),
      player_(new SoundPlayer(this)) {
  tools_ = makeTools();
  auto* layout = new QVBoxLayout(this);
  layout->setContentsMargins(0, 0, 0, 0);
  layout->setSpacing(12);
  auto* settings = new QHBoxLayout;
  settings->setSpacing(8);
  picker_ = named(new ModelPicker(services.library), "speech.voiceModel", tr("Model"));
  settings->addWidget(picker_, 1);
  form_ = new VoiceForm(services);
  settings->addWidget(form_, 2);
  layout->addLayout(settings);
  notice_ = new NoticeBar("speech.voiceProblem");
  layout->addWidget(notice_);
  auto* splitter = new QSplitter(Qt::Vertical);
  splitter->setChildrenCollapsible(false);
  splitter->setHandleWidth(10);
  splitter->addWidget(makeWords());
  splitter->addWidget(makeSound());
  splitter->setSizes({280, 360});
  layout->addWidget(splitter, 1);
  connectParts();
  text_->setPlainText(services.settings.value(kTextKey).toString());
  if (const QString last = services.settings.value(kModelKey).toString(); !last.isEmpty())
    picker_->setModel(last);
  updateActions();
}

QWidget* SpeakPage::makeTools() {
  auto* tools = new QWidget;
  auto* row = new QHBoxLayout(tools);
  row->setContentsMargins(0, 0, 0, 0);
  row->setSpacing(8);
  export_ = makeButton(tr("Export WAV…"), "speech.exportSound");
  row->addWidget(export_);
  run_ = makeButton(tr("Speak"), "speech.speak", "primary");
  run_->setMinimumWidth(84);
  row->addWidget(run_);
  return tools;
}

QWidget* SpeakPage::makeWords() {
  text_ = named(new QPlainTextEdit, "speech.text", tr("Text that is spoken"));
  text_->setPlaceholderText(tr("Write what is to be said. Ctrl+Return speaks it."));
  text_->setTabChangesFocus(true);
  text_->setMinimumHeight(90);
  return text_;
}

QWidget* SpeakPage::makeSound() {
  QBoxLayout* layout = nullptr;
  auto* card = makeCard(layout);
  wave_ = named(new WaveView, "speech.voiceWave", tr("Waveform and spectrogram of what is said"));
  auto* nothing = makeLabel(tr("What is said is seen and heard here."), "muted");
  nothing->setAlignment(Qt::AlignCenter);
  sight_ = new QStackedWidget;
  sight_->addWidget(nothing);
  sight_->addWidget(wave_);
  layout->addWidget(sight_, 1);
  auto* row = new QHBoxLayout;
  bar_ = new PlayBar(*player_, *wave_, QStringLiteral("speech.voice"));
  row->addWidget(bar_);
  row->addStretch(1);
  progress_ = named(new QProgressBar, "speech.voiceProgress", tr("Progress"));
  progress_->setMaximumWidth(180);
  progress_->setTextVisible(false);
  row->addWidget(progress_);
  layout->addLayout(row);
  return card;
}

void SpeakPage::connectParts() {
  connect(picker_, &ModelPicker::modelChosen, this, [this](const QString& model) {
    services_.settings.setValue(kModelKey, model);
    askModel(model);
    updateActions();
  });
  connect(text_, &QPlainTextEdit::textChanged, this, [this] {
    services_.settings.setValue(kTextKey, text_->toPlainText());
    updateActions();
  });
  connect(run_, &QPushButton::clicked, this, [this] { runner_->busy() ? stop() : run(); });
  connect(export_, &QPushButton::clicked, this, &SpeakPage::exportSound);
  connect(runner_, &SoundRunner::busyChanged, this, &SpeakPage::updateActions);
  connect(runner_, &SoundRunner::done, this, &SpeakPage::onSpoken);
  connect(runner_, &SoundRunner::failed, notice_, &NoticeBar::tell);
  connect(runner_, &SoundRunner::progressed, this, [this](double part) {
    progress_->setRange(0, part < 0 ? 0 : 1000);
    progress_->setValue(static_cast<int>(1000 * part));
  });
  connect(player_, &SoundPlayer::failed, notice_, &NoticeBar::tell);
}

void SpeakPage::setModel(const QString& model) {
  picker_->setModel(model);
}

void SpeakPage::setText(const QString& text) {
  text_->setPlainText(text);
}

void SpeakPage::askModel(const QString& model) {
  notice_->tell({});
  services_.engines.files().request<protocol::SoundModelParams>(
      {model.toStdString()}, this,
      [this, model](const protocol::SoundModelResult& facts) {
        if (model == picker_->model()) form_->setModel(facts);
      },
      [this, model](const EngineError& error) {
        if (model != picker_->model()) return;
        form_->setModel({});
        notice_->tell(error.message);
      });
}

void SpeakPage::run() {
  const QString text = text_->toPlainText().trimmed();
  if (runner_->busy() || text.isEmpty() || picker_->model().isEmpty()) return;
  notice_->tell({});
  progress_->setRange(0, 0);
  const QString start =
      text.simplified().left(kTitleLetters) + (text.size() > kTitleLetters ? tr("…") : QString());
  runner_->run(tr("Speak \"%1\"").arg(start), picker_->model(),
               speaking(picker_->model(), text, form_->options()));
}

void SpeakPage::stop() {
  runner_->stop();
  player_->pause();
}

void SpeakPage::play() {
  if (!samples_.empty()) bar_->toggle();
}

void SpeakPage::onSpoken(const protocol::RunPipelineResult& result) {
  try {
    if (!result.arrayContent)
      throw Error(ErrorKind::kProtocol, "{}", tr("The engine sent no sound.").toStdString());
    const auto& sound = JsonField(result.result, "result");
    samples_ = result.arrayContent->at(sound["audio"].require<std::string>("array"), 2).values;
    rate_ = sound.require<int>("sampling_rate");
    if (samples_.empty() || rate_ <= 0)
      throw Error(ErrorKind::kProtocol, "{}", tr("Nothing was said.").toStdString());
    player_->setFile({});
    if (!QDir().mkpath(QFileInfo(file_).absolutePath()))
      throw Error(ErrorKind::kIo, "{}: cannot be made",
                  QFileInfo(file_).absolutePath().toStdString());
    writeSound(file_);
  } catch (const Error& error) {
    samples_.clear();
    notice_->tell(QString::fromUtf8(error.what()));
    return updateActions();
  }
  hear();
  updateActions();
}

// What was said is heard at once, as soon as it can be seen.
void SpeakPage::hear() {
  reading_ = true;
  bar_->setSeconds(static_cast<double>(samples_.size()) / rate_);
  player_->setFile(file_);
  readOverview(
      services_, file_, this,
      [this](std::shared_ptr<const SoundOverview> sound) {
        reading_ = false;
        wave_->setSound(std::move(sound));
        if (isVisible()) player_->play();
      },
      [this](const QString& reason) {
        reading_ = false;
        notice_->tell(reason);
      });
}

void SpeakPage::exportSound() {
  if (!export_->isEnabled()) return;
  const QString path = QFileDialog::getSaveFileName(
      this, tr("Export what is said"), QDir::homePath() + tr("/spoken.wav"), tr("WAV (*.wav)"));
  if (path.isEmpty()) return;
  try {
    writeSound(path);
  } catch (const Error& error) {
    emit failed(QString::fromUtf8(error.what()));
  }
}

void SpeakPage::writeSound(const QString& path) {
  const QByteArray bytes = wavOf(samples_, rate_);
  writeFileAtomically(path.toStdString(),
                      {bytes.constData(), static_cast<std::size_t>(bytes.size())});
}

bool SpeakPage::busy() const {
  return runner_->busy() || reading_;
}

void SpeakPage::focusMain() {
  text_->setFocus(Qt::OtherFocusReason);
}

void SpeakPage::updateActions() {
  const bool busy = runner_->busy();
  run_->setText(busy ? tr("Stop") : tr("Speak"));
  run_->setAccessibleName(run_->text());
  run_->setEnabled(busy || (!picker_->model().isEmpty() &&
                            !text_->document()->toPlainText().trimmed().isEmpty()));
  export_->setEnabled(!samples_.empty());
  bar_->setVisible(!samples_.empty());
  sight_->setCurrentIndex(samples_.empty() ? 0 : 1);
  progress_->setVisible(busy);
}

}  // namespace orrery::ui
