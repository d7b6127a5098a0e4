#include "ui/speech/play_bar.h"

#include <QComboBox>
#include <QHBoxLayout>
#include <QLabel>
#include <QToolButton>

#include "ui/speech/sound_player.h"
#include "ui/speech/transcript_text.h"
#include "ui/speech/wave_view.h"
#include "ui/widgets/icons.h"
#include "ui/widgets/widgets.h"

namespace orrery::ui {
namespace {

constexpr double kSpeeds[] = {0.5, 0.75, 1, 1.25, 1.5, 2};

}  // namespace

PlayBar::PlayBar(SoundPlayer& player, WaveView& wave, const QString& name, QWidget* parent)
    : QWidget(parent), player_(player), wave_(wave) {
  auto* row = new QHBoxLayout(this);
  row->setContentsMargins(0, 0, 0, 0);
  row->setSpacing(6);
  play_ = makeIconButton("play", tr("Play or pause (Ctrl+Space)"),
                         qPrintable(name + QStringLiteral(".play")));
  row->addWidget(play_);
  time_ = makeLabel({}, "muted");
  row->addWidget(time_);
  speed_ = named(new QComboBox, qPrintable(name + QStringLiteral(".speed")), tr("Speed"));
  for (const double speed : kSpeeds) speed_->addItem(tr("%1 ×").arg(speed), speed);
  speed_->setCurrentIndex(2);
  row->addWidget(speed_);
  connect(play_, &QToolButton::clicked, this, &PlayBar::toggle);
  connect(speed_, &QComboBox::currentIndexChanged, this,
          [this] { player_.setSpeed(speed_->currentData().toDouble()); });
  connect(&player_, &SoundPlayer::playingChanged, this, &PlayBar::showState);
  connect(&player_, &SoundPlayer::moved, this, &PlayBar::showAt);
  connect(&wave_, &WaveView::playheadMoved, this, [this](double seconds) {
    player_.seek(seconds);
    showAt(seconds);
  });
}

void PlayBar::setSeconds(double seconds) {
  seconds_ = seconds;
  showAt(0);
}

void PlayBar::toggle() {
  player_.isPlaying() ? player_.pause() : player_.play();
}

void PlayBar::showAt(double seconds) {
  wave_.setPlayhead(seconds);
  time_->setText(seconds_ > 0 ? tr("%1 of %2").arg(timeText(seconds), timeText(seconds_))
                              : timeText(seconds));
  emit moved(seconds);
}

void PlayBar::showState() {
  setThemedIcon(play_, player_.isPlaying() ? "pause" : "play");
}

}  // namespace orrery::ui
