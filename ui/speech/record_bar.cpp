#include "ui/speech/record_bar.h"

#include <QComboBox>
#include <QDoubleSpinBox>
#include <QHBoxLayout>
#include <QLabel>
#include <QPushButton>
#include <QSignalBlocker>
#include <QToolButton>

#include "ui/speech/level_meter.h"
#include "ui/speech/recorder.h"
#include "ui/speech/transcript_text.h"
#include "ui/widgets/widgets.h"

namespace orrery::ui {

RecordBar::RecordBar(Recorder& recorder, QWidget* parent) : QFrame(parent), recorder_(recorder) {
  auto* layout = layCard(this);
  layout->setContentsMargins(12, 8, 8, 8);
  auto* row = new QHBoxLayout;
  row->setSpacing(8);
  device_ = named(new QComboBox, "speech.device", tr("Microphone"));
  device_->setSizeAdjustPolicy(QComboBox::AdjustToMinimumContentsLengthWithIcon);
  device_->setMinimumContentsLength(14);
  row->addWidget(device_);
  meter_ = named(new LevelMeter, "speech.level", tr("Loudness"));
  row->addWidget(meter_, 1);
  row->addWidget(makeRule());
  state_ = named(makeLabel({}, "muted"), "speech.recordTime", tr("Time that is recorded"));
  row->addWidget(state_);
  record_ = makeButton(tr("Record"), "speech.recordStart", "primary");
  row->addWidget(record_);
  auto* close = makeIconButton("close", tr("Close"), "speech.recordClose");
  row->addWidget(close);
  layout->addLayout(row);
  connect(record_, &QPushButton::clicked, this,
          [this] { recorder_.isRecording() ? stop() : start(); });
  connect(close, &QToolButton::clicked, this, &RecordBar::closed);
  connect(&recorder_, &Recorder::changed, this, &RecordBar::showState);
  connect(&recorder_, &Recorder::devicesChanged, this, &RecordBar::refresh);
  connect(&recorder_, &Recorder::heard, this, [this](double decibels) {
    meter_->setLevel(decibels);
    state_->setText(timeText(recorder_.seconds()));
  });
  takeRule();
  showState();
}

QWidget* RecordBar::makeRule() {
  auto* rule = new QWidget;
  auto* row = new QHBoxLayout(rule);
  row->setContentsMargins(0, 0, 0, 0);
  row->setSpacing(6);
  silence_ = named(new QComboBox, "speech.silence", tr("What silence does"));
  silence_->addItems({tr("Ignore silence"), tr("Stop at silence"), tr("Cut at silence")});
  threshold_ = named(new QSpinBox, "speech.threshold", tr("Loudness below which it is silent"));
  threshold_->setRange(-60, -10);
  threshold_->setValue(static_cast<int>(recorder_.rule().decibels));
  threshold_->setPrefix(tr("below "));
  threshold_->setSuffix(tr(" dB"));
  seconds_ = named(new QDoubleSpinBox, "speech.silenceSeconds", tr("How long it is silent"));
  seconds_->setRange(0.2, 30);
  seconds_->setSingleStep(0.5);
  seconds_->setDecimals(1);
  seconds_->setValue(recorder_.rule().seconds);
  seconds_->setPrefix(tr("for "));
  seconds_->setSuffix(tr(" s"));
  for (QWidget* part : std::initializer_list<QWidget*>{silence_, threshold_, seconds_})
    row->addWidget(part);
  connect(silence_, &QComboBox::currentIndexChanged, this, &RecordBar::takeRule);
  connect(threshold_, &QSpinBox::valueChanged, this, &RecordBar::takeRule);
  connect(seconds_, &QDoubleSpinBox::valueChanged, this, &RecordBar::takeRule);
  return rule;
}

void RecordBar::takeRule() {
  const auto then = static_cast<SilenceRule::Then>(silence_->currentIndex());
  recorder_.setRule({then, 1.0 * threshold_->value(), seconds_->value()});
  meter_->setThreshold(threshold_->value());
  const bool matters = then != SilenceRule::Then::kGoOn;
  threshold_->setVisible(matters);
  seconds_->setVisible(matters);
}

void RecordBar::refresh() {
  if (recorder_.isRecording()) return;
  const QSignalBlocker quiet(device_);
  const QVariant chosen = device_->currentData();
  device_->clear();
  for (const auto& device : recorder_.devices()) device_->addItem(device.name, device.id);
  if (const int known = device_->findData(chosen); known >= 0) device_->setCurrentIndex(known);
  device_->setPlaceholderText(tr("No microphone"));
  showState();
}

void RecordBar::start() {
  if (device_->count() > 0) recorder_.start(device_->currentData().toByteArray());
}

void RecordBar::stop() {
  recorder_.stop();
}

void RecordBar::showState() {
  const bool runs = recorder_.isRecording(), can = device_->count() > 0;
  record_->setText(runs ? tr("Stop") : tr("Record"));
  record_->setAccessibleName(record_->text());
  record_->setEnabled(can);
  device_->setEnabled(can && !runs);
  if (!runs) meter_->setLevel(-100);
  if (!runs) state_->setText(can ? QString() : tr("No microphone is connected to this machine."));
}

}  // namespace orrery::ui
