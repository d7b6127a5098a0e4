#include "ui/speech/voice_form.h"

#include <QDoubleSpinBox>
#include <QFileDialog>
#include <QFileInfo>
#include <QHBoxLayout>
#include <QLabel>
#include <QLineEdit>
#include <QPushButton>
#include <QSettings>
#include <QStackedWidget>

#include "ui/library/model_picker.h"
#include "ui/widgets/widgets.h"

namespace orrery::ui {
namespace {

constexpr auto kVocoderKey = "speech/vocoder";
constexpr auto kVoiceKey = "speech/voice";
enum Kind { kNothing, kWaveform, kSpectrogram };

QHBoxLayout* layRow(QWidget* widget) {
  auto* row = new QHBoxLayout(widget);
  row->setContentsMargins(0, 0, 0, 0);
  row->setSpacing(8);
  return row;
}

QDoubleSpinBox* makeNumber(const char* name, const QString& text, const QString& prefix,
                           double most) {
  auto* box = named(new QDoubleSpinBox, name, text);
  box->setToolTip(text);
  box->setRange(0, most);
  box->setSingleStep(0.05);
  box->setPrefix(prefix);
  return box;
}

}  // namespace

VoiceForm::VoiceForm(Services& services, QWidget* parent) : QWidget(parent), services_(services) {
  auto* row = layRow(this);
  kinds_ = new QStackedWidget;
  kinds_->addWidget(new QWidget);
  kinds_->addWidget(makeWaveform());
  kinds_->addWidget(makeSpectrogram());
  row->addWidget(kinds_, 1);
  seed_ = named(new QSpinBox, "speech.seed", tr("Seed: the same one gives the same sound"));
  seed_->setToolTip(seed_->accessibleName());
  seed_->setRange(-1, 999'999);
  seed_->setValue(-1);
  seed_->setSpecialValueText(tr("A new seed each time"));
  seed_->setPrefix(tr("Seed "));
  row->addWidget(seed_);
  setModel({});
}

QWidget* VoiceForm::makeWaveform() {
  auto* page = new QWidget;
  auto* row = layRow(page);
  speaker_ = named(new QSpinBox, "speech.speaker", tr("Number of the speaker"));
  speaker_->setSpecialValueText(tr("Any speaker"));
  speaker_->setPrefix(tr("Speaker "));
  row->addWidget(speaker_);
  rate_ = makeNumber("speech.rate", tr("How fast it speaks: 2 is twice as fast"), tr("Speed "), 4);
  rate_->setMinimum(0.1);
  variation_ = makeNumber("speech.variation", tr("How much the sound varies"), tr("Variation "), 3);
  rhythm_ = makeNumber("speech.rhythm", tr("How much the lengths of sounds vary"),
                       tr("Rhythm varies "), 3);
  for (QWidget* box : {rate_, variation_, rhythm_}) row->addWidget(box);
  row->addStretch(1);
  return page;
}

QWidget* VoiceForm::makeSpectrogram() {
  auto* page = new QWidget;
  auto* row = layRow(page);
  row->addWidget(makeLabel(tr("Vocoder"), "muted"));
  vocoder_ = named(new ModelPicker(services_.library), "speech.vocoder",
                   tr("Vocoder, which makes the model's spectrograms heard"));
  vocoder_->setToolTip(vocoder_->accessibleName());
  row->addWidget(vocoder_, 1);
  voice_ = named(new QLineEdit, "speech.voice", tr("File with the numbers of a voice (JSON)"));
  voice_->setPlaceholderText(tr("Voice: a JSON file of numbers"));
  row->addWidget(voice_, 1);
  auto* choose = makeButton(tr("Choose…"), "speech.voiceChoose");
  connect(choose, &QPushButton::clicked, this, &VoiceForm::askForVoice);
  row->addWidget(choose);
  if (const QString last = services_.settings.value(kVocoderKey).toString(); !last.isEmpty())
    vocoder_->setModel(last);
  voice_->setText(services_.settings.value(kVoiceKey).toString());
  connect(vocoder_, &ModelPicker::modelChosen, this,
          [this](const QString& path) { services_.settings.setValue(kVocoderKey, path); });
  connect(voice_, &QLineEdit::textChanged, this,
          [this](const QString& path) { services_.settings.setValue(kVoiceKey, path); });
  return page;
}

void VoiceForm::askForVoice() {
  const QString file = QFileDialog::getOpenFileName(
      this, tr("Choose a voice"), QFileInfo(voice_->text()).absolutePath(), tr("JSON (*.json)"));
  if (!file.isEmpty()) voice_->setText(file);
}

void VoiceForm::setModel(const protocol::SoundModelResult& model) {
  facts_ = model;
  kinds_->setCurrentIndex(model.voice == "waveform"      ? kWaveform
                          : model.voice == "spectrogram" ? kSpectrogram
                                                         : kNothing);
  speaker_->setRange(-1, std::max(0, model.speakers - 1));
  speaker_->setValue(-1);
  speaker_->setVisible(model.speakers > 1);
  rate_->setValue(model.speakingRate);
  variation_->setValue(model.noiseScale);
  rhythm_->setValue(model.noiseScaleDuration);
  setEnabled(!model.voice.empty());
}

Json VoiceForm::options() const {
  Json options = Json::object();
  if (facts_.voice == "waveform") {
    options = {{"speaking_rate", rate_->value()},
               {"noise_scale", variation_->value()},
               {"noise_scale_duration", rhythm_->value()}};
    if (speaker_->value() >= 0 && facts_.speakers > 1) options["speaker_id"] = speaker_->value();
  }
  if (facts_.voice == "spectrogram") {
    if (!vocoder_->model().isEmpty()) options["vocoder"] = vocoder_->model().toStdString();
    const QString voice = voice_->text().trimmed();
    if (!voice.isEmpty()) options["speaker_embeddings"] = voice.toStdString();
  }
  if (seed_->value() >= 0) options["seed"] = seed_->value();
  return options;
}

}  // namespace orrery::ui
