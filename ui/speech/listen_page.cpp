#include "ui/speech/listen_page.h"

#include <QCheckBox>
#include <QComboBox>
#include <QDir>
#include <QDropEvent>
#include <QFileDialog>
#include <QFileInfo>
#include <QListView>
#include <QMimeData>
#include <QProgressBar>
#include <QPushButton>
#include <QSettings>
#include <QShortcut>
#include <QSpinBox>
#include <QSplitter>
#include <QStackedWidget>
#include <QStandardItemModel>
#include <QToolButton>
#include <QVBoxLayout>
#include <algorithm>

#include "core/base/error.h"
#include "core/base/file.h"
#include "ui/engine/engine_pool.h"
#include "ui/engine/model_name.h"
#include "ui/library/model_picker.h"
#include "ui/speech/language_box.h"
#include "ui/speech/play_bar.h"
#include "ui/speech/read_overview.h"
#include "ui/speech/record_bar.h"
#include "ui/speech/recorder.h"
#include "ui/speech/sound_player.h"
#include "ui/speech/sound_runner.h"
#include "ui/speech/transcript_text.h"
#include "ui/speech/transcript_view.h"
#include "ui/speech/wave_view.h"
#include "ui/speech/word_comparison.h"
#include "ui/widgets/notice_bar.h"
#include "ui/widgets/widgets.h"

namespace orrery::ui {
namespace {

constexpr std::size_t kSteps = 100;  // that can be undone
constexpr auto kModelKey = "speech/model";
constexpr auto kOtherModelKey = "speech/otherModel";
constexpr auto kCompareKey = "speech/compare";
constexpr auto kLanguageKey = "speech/language";
constexpr auto kSample = ":/samples/sounds/inaugural.opus";
constexpr const char* kEndings[] = {"wav", "mp3", "flac", "ogg",  "oga",  "opus",
                                    "m4a", "aac", "wma",  "aiff", "aif",  "amr",
                                    "mp4", "m4v", "mkv",  "mov",  "webm", "avi"};

QStringList soundsIn(const QMimeData& data) {
  QStringList files;
  for (const QUrl& url : data.urls())
    if (url.isLocalFile() && QFileInfo(url.toLocalFile()).isFile()) files += url.toLocalFile();
  return files;
}

}  // namespace

bool isSoundName(const QString& name) {
  const QString ending = QFileInfo(name).suffix().toLower();
  return std::ranges::any_of(kEndings, [&](const char* e) { return ending == QLatin1String(e); });
}

ListenPage::ListenPage(Services& services, QWidget* parent)
    : QWidget(parent),
      services_(services),
      folder_(QFileInfo(services.settings.fileName()).absolutePath() + QStringLiteral("/speech")),
      queue_(new SpeechQueue(folder_, this)),
      runner_(new SoundRunner(services, this)),
      player_(new SoundPlayer(this)),
      recorder_(new Recorder(folder_ + QStringLiteral("/recordings"), makeMicrophone, this)),
      comparison_(new WordComparison(this)) {
  setAcceptDrops(true);
  tools_ = makeTools();
  auto* layout = new QVBoxLayout(this);
  layout->setContentsMargins(0, 0, 0, 0);
  layout->setSpacing(12);
  layout->addWidget(makeSettings());
  recordBar_ = new RecordBar(*recorder_);
  recordBar_->hide();
  layout->addWidget(recordBar_);
  notice_ = new NoticeBar("speech.problem");
  layout->addWidget(notice_);
  auto* splitter = new QSplitter;
  splitter->setChildrenCollapsible(false);
  splitter->setHandleWidth(10);
  splitter->addWidget(makeQueue());
  splitter->addWidget(makeSound());
  splitter->setSizes({200, 900});
  splitter->setStretchFactor(1, 1);
  stack_ = new QStackedWidget;
  stack_->addWidget(makeEmpty());
  stack_->addWidget(splitter);
  layout->addWidget(stack_, 1);
  connectModels();
  connectRecorder();
  connectQueue();
  connectSound();
  if (const QString second = services.settings.value(kOtherModelKey).toString(); !second.isEmpty())
    other_->setModel(second);
  compare_->setChecked(services.settings.value(kCompareKey).toBool());
  language_->setCode(services.settings.value(kLanguageKey).toString());
  const QString last = services.settings.value(kModelKey).toString();
  if (!last.isEmpty()) picker_->setModel(last);
  show(queue_->rowCount() - 1);
}

void ListenPage::connectModels() {
  connect(picker_, &ModelPicker::modelChosen, this, [this](const QString& model) {
    services_.settings.setValue(kModelKey, model);
    askModel(model);
    updateActions();
  });
  connect(compare_, &QToolButton::toggled, this, [this](bool on) {
    other_->setVisible(on);
    services_.settings.setValue(kCompareKey, on);
    compare();
    updateActions();
  });
  connect(other_, &ModelPicker::modelChosen, this, [this](const QString& model) {
    services_.settings.setValue(kOtherModelKey, model);
    compare();
    updateActions();
  });
  connect(comparison_, &WordComparison::compared, this, &ListenPage::onCompared);
  connect(language_, &LanguageBox::activated, this,
          [this] { services_.settings.setValue(kLanguageKey, language_->code()); });
}

void ListenPage::connectRecorder() {
  connect(record_, &QToolButton::toggled, this, [this](bool shown) {
    if (shown) recordBar_->refresh();
    if (!shown) recorder_->stop();
    recordBar_->setVisible(shown);
  });
  connect(recordBar_, &RecordBar::closed, record_, [this] { record_->setChecked(false); });
  connect(recorder_, &Recorder::recorded, this, &ListenPage::openSound);
  connect(recorder_, &Recorder::failed, this, &ListenPage::failed);
}

void ListenPage::connectQueue() {
  connect(run_, &QPushButton::clicked, this, [this] { runner_->busy() ? stop() : run(); });
  connect(export_, &QPushButton::clicked, this, &ListenPage::exportTranscript);
  connect(list_->selectionModel(), &QItemSelectionModel::currentChanged, this,
          [this](const QModelIndex& now) { show(now.row()); });
  connect(queue_, &SpeechQueue::failed, this, &ListenPage::failed);
  connect(runner_, &SoundRunner::busyChanged, this, &ListenPage::updateActions);
  connect(runner_, &SoundRunner::heard, this, &ListenPage::onHeard);
  connect(runner_, &SoundRunner::done, this, &ListenPage::onDone);
  connect(runner_, &SoundRunner::failed, this, &ListenPage::onFailed);
  connect(runner_, &SoundRunner::progressed, this, [this](double part) {
    progress_->setRange(0, part < 0 ? 0 : 1000);
    progress_->setValue(static_cast<int>(1000 * part));
  });
}

void ListenPage::connectSound() {
  connect(bar_, &PlayBar::moved, this, &ListenPage::onMoved);
  connect(player_, &SoundPlayer::failed, notice_, &NoticeBar::tell);
  connect(loop_, &QToolButton::toggled, player_, &SoundPlayer::setLooping);
  connect(view_, &TranscriptView::hearAsked, this, [this](double begin, double end) {
    wave_->mark(begin, end);
    player_->playStretch(begin, end);
    bar_->showAt(begin);
  });
  connect(&model_, &TranscriptModel::edited, this, &ListenPage::onEdited);
  const auto filter = [this] {
    view_->setDoubtLimit(doubtful_->isChecked() ? limit_->value() / 100.0 : 0);
  };
  connect(doubtful_, &QCheckBox::toggled, this, filter);
  connect(limit_, &QSpinBox::valueChanged, this, filter);
  const auto key = [this](const QKeySequence& keys, auto run) {
    auto* shortcut = new QShortcut(keys, this, nullptr, nullptr, Qt::WidgetWithChildrenShortcut);
    connect(shortcut, &QShortcut::activated, this, run);
  };
  key(QKeySequence::Undo, [this] { undo(); });
  key(QKeySequence::Redo, [this] { redo(); });
}

void ListenPage::setModel(const QString& model) {
  picker_->setModel(model);
}

void ListenPage::setOtherModel(const QString& model) {
  if (!model.isEmpty()) other_->setModel(model);
  compare_->setChecked(!model.isEmpty());
}

void ListenPage::focusMain() {
  QWidget* first = wave_;
  if (queue_->rowCount() == 0) first = findChild<QPushButton*>(QStringLiteral("speech.openFirst"));
  first->setFocus(Qt::OtherFocusReason);
}

void ListenPage::openSound(const QString& file) {
  show(queue_->add(file));
}

void ListenPage::askForSounds() {
  QStringList endings;
  for (const char* ending : kEndings) endings += QStringLiteral("*.") + QLatin1String(ending);
  const QStringList files = QFileDialog::getOpenFileNames(
      this, tr("Add recordings"), QFileInfo(shown_).absolutePath(),
      tr("Recordings (%1);;All files (*)").arg(endings.join(QLatin1Char(' '))));
  for (const QString& file : files) openSound(file);
}

// An engine reads it, which knows nothing of what is inside of this program.
void ListenPage::openSample() {
  QFile packed(QString::fromLatin1(kSample));
  const QString file = folder_ + QLatin1Char('/') + QFileInfo(packed).fileName();
  if (!packed.open(QIODevice::ReadOnly)) return;
  const QByteArray bytes = packed.readAll();
  try {
    if (!QDir().mkpath(folder_))
      throw Error(ErrorKind::kIo, "{}: cannot be made", folder_.toStdString());
    if (QFileInfo(file).size() != bytes.size())
      writeFileAtomically(file.toStdString(),
                          {bytes.constData(), static_cast<std::size_t>(bytes.size())});
    openSound(file);
  } catch (const Error& error) {
    emit failed(QString::fromUtf8(error.what()));
  }
}

// Which languages and tasks there are is the model's matter.
void ListenPage::askModel(const QString& model) {
  services_.engines.files().request<protocol::SoundModelParams>(
      {model.toStdString()}, this,
      [this, model](const protocol::SoundModelResult& facts) {
        if (model != picker_->model()) return;
        language_->setModel(facts);
        const bool translates = std::ranges::find(facts.tasks, "translate") != facts.tasks.end();
        qobject_cast<QStandardItemModel*>(task_->model())->item(1)->setEnabled(translates);
        if (!translates) task_->setCurrentIndex(0);
      },
      [this, model](const EngineError& error) {
        if (model == picker_->model()) notice_->tell(error.message);
      });
}

void ListenPage::show(int row) {
  stack_->setCurrentIndex(queue_->rowCount() > 0 ? 1 : 0);
  if (row < 0 || row >= queue_->rowCount()) row = queue_->rowCount() - 1;
  if (row < 0) {
    shown_.clear();
    player_->setFile({});
    model_.setTranscript({});
    return updateActions();
  }
  const SpeechItem& item = queue_->item(row);
  if (item.file != shown_) {
    shown_ = item.file;
    seconds_ = 0;
    undo_.clear();
    redo_.clear();
    player_->setFile(shown_);
    wave_->setSound(nullptr);
    look();
  }
  model_.setTranscript(item.transcript);
  lastShown_ = item.transcript;
  compare();
  notice_->tell(item.problem);
  updateActions();
  list_->setCurrentIndex(queue_->index(row));
}

void ListenPage::look() {
  reading_ = shown_;
  readOverview(
      services_, shown_, this,
      [this, file = shown_](std::shared_ptr<const SoundOverview> sound) {
        if (file != reading_) return;
        reading_.clear();
        seconds_ = sound->seconds;
        wave_->setSound(std::move(sound));
        bar_->setSeconds(seconds_);
      },
      [this, file = shown_](const QString& reason) {
        if (file != reading_) return;
        reading_.clear();
        notice_->tell(reason);
      });
}

void ListenPage::keepStep() {
  undo_.push_back(lastShown_);
  if (undo_.size() > kSteps) undo_.erase(undo_.begin());
  redo_.clear();
}

void ListenPage::onEdited() {
  keepStep();
  lastShown_ = model_.transcript();
  queue_->setTranscript(queue_->rowOf(shown_), lastShown_);
  compare();
}

void ListenPage::restore(std::vector<Transcript>& from, std::vector<Transcript>& to) {
  if (from.empty() || shown_ == running_) return;
  to.push_back(lastShown_);
  const Transcript transcript = from.back();
  from.pop_back();
  const int row = queue_->rowOf(shown_);
  queue_->setTranscript(row, transcript);
  model_.setTranscript(transcript);
  lastShown_ = transcript;
  compare();
}

void ListenPage::undo() {
  restore(undo_, redo_);
}
void ListenPage::redo() {
  restore(redo_, undo_);
}

void ListenPage::onMoved(double seconds) {
  if (!follow_->isChecked()) return;
  if (player_->isPlaying()) wave_->bringIntoView(seconds);
  view_->follow(seconds);
}

void ListenPage::exportTranscript() {
  if (!export_->isEnabled()) return;
  const QFileInfo file(shown_);
  const QString path = QFileDialog::getSaveFileName(
      this, tr("Export the transcript"),
      file.absolutePath() + QLatin1Char('/') + file.completeBaseName() + QStringLiteral(".srt"),
      tr("Subtitles (*.srt);;Subtitles for the web (*.vtt);;Text (*.txt);;"
         "JSON, with every word (*.json)"));
  if (path.isEmpty()) return;
  try {
    writeTranscript(path);
  } catch (const Error& error) {
    emit failed(QString::fromUtf8(error.what()));
  }
}

void ListenPage::writeTranscript(const QString& path) {
  const int row = queue_->rowOf(shown_);
  if (row < 0) return;
  const SpeechItem& item = queue_->item(row);
  const auto heard = [](const QString& by, const ModelPicker& picker, const Transcript& words) {
    return HeardBy{shortModelName(by.isEmpty() ? picker.model() : by), words};
  };
  std::optional<HeardBy> other;
  if (compares(item)) other = heard(item.otherModel, *other_, item.other);
  const QByteArray bytes = transcriptFile(heard(item.model, *picker_, model_.transcript()),
                                          QFileInfo(path).suffix().toLower(), other);
  writeFileAtomically(path.toStdString(),
                      {bytes.constData(), static_cast<std::size_t>(bytes.size())});
}

void ListenPage::record() {
  if (recorder_->isRecording()) return recordBar_->stop();
  if (record_->isChecked()) return recordBar_->start();
  record_->setChecked(true);
}

void ListenPage::play() {
  if (!shown_.isEmpty()) bar_->toggle();
}

bool ListenPage::busy() const {
  return runner_->busy() || !reading_.isEmpty() || comparison_->busy();
}

void ListenPage::updateActions() {
  const bool busy = runner_->busy();
  run_->setText(busy ? tr("Stop") : tr("Run"));
  run_->setAccessibleName(run_->text());
  run_->setEnabled(busy || (!picker_->model().isEmpty() && !shown_.isEmpty()));
  export_->setEnabled(!shown_.isEmpty() && !model_.transcript().segments.empty());
  bar_->setEnabled(!shown_.isEmpty());
  progress_->setVisible(busy);
}

void ListenPage::dragEnterEvent(QDragEnterEvent* event) {
  if (!soundsIn(*event->mimeData()).isEmpty()) event->acceptProposedAction();
}

void ListenPage::dropEvent(QDropEvent* event) {
  for (const QString& file : soundsIn(*event->mimeData())) openSound(file);
  event->acceptProposedAction();
}

}  // namespace orrery::ui
