#include "ui/speech/sound_player.h"

#include <QAudioOutput>
#include <QLibrary>
#include <QMediaPlayer>
#include <QUrl>
#include <utility>

namespace orrery::ui {
namespace {

qint64 milliseconds(double seconds) {
  return static_cast<qint64>(seconds * 1000);
}

/// What Qt's player takes for granted of GStreamer, and crashes without (Qt 6.4): the first part
/// that is not there. Empty if all are, or Qt plays by something else.
QString missingPart() {
  QLibrary library(QStringLiteral("gstreamer-1.0"), 0);
  if (!library.load()) return {};
  const auto init = reinterpret_cast<void (*)(int*, char***)>(library.resolve("gst_init"));
  const auto find = reinterpret_cast<void* (*)(const char*)>(  // gives away a reference
      library.resolve("gst_element_factory_find"));
  if (!init || !find) return {};
  init(nullptr, nullptr);
  for (const char* part : {"playbin", "uridecodebin", "audioconvert", "audioresample", "volume",
                           "videoconvert", "videoscale", "autoaudiosink"})
    if (!find(part)) return QString::fromLatin1(part);
  return {};
}

}  // namespace

void SoundPlayer::makePlayer() {
  player_ = new QMediaPlayer(this);
  player_->setAudioOutput(new QAudioOutput(this));
  player_->setPlaybackRate(speed_);
  connect(player_, &QMediaPlayer::positionChanged, this, &SoundPlayer::onPosition);
  connect(player_, &QMediaPlayer::playbackStateChanged, this, &SoundPlayer::playingChanged);
  connect(player_, &QMediaPlayer::mediaStatusChanged, this,
          [this](QMediaPlayer::MediaStatus status) {
            const bool open =
                status == QMediaPlayer::LoadedMedia || status == QMediaPlayer::BufferedMedia;
            if (open && wanted_ >= 0)
              player_->setPosition(milliseconds(std::exchange(wanted_, -1)));
          });
  connect(player_, &QMediaPlayer::errorOccurred, this,
          [this](QMediaPlayer::Error, const QString& reason) {
            emit failed(tr("The recording cannot be played: %1").arg(reason));
          });
}

void SoundPlayer::setFile(const QString& file) {
  file_ = file;
  end_ = wanted_ = -1;
  if (!player_) return;
  player_->stop();
  player_->setSource({});
}

bool SoundPlayer::open() {
  if (file_.isEmpty()) return false;
  if (!player_) {
    static const QString missing = missingPart();
    if (!missing.isEmpty()) {
      emit failed(tr("Recordings cannot be played: GStreamer has no \"%1\"; install its base and "
                     "good plugins (gstreamer1.0-plugins-base, gstreamer1.0-plugins-good).")
                      .arg(missing));
      return false;
    }
    makePlayer();
  }
  if (player_->source().isEmpty()) player_->setSource(QUrl::fromLocalFile(file_));
  return true;
}

void SoundPlayer::play() {
  end_ = -1;
  if (open()) player_->play();
}

void SoundPlayer::pause() {
  if (player_) player_->pause();
}

bool SoundPlayer::isPlaying() const {
  return player_ && player_->playbackState() == QMediaPlayer::PlayingState;
}

void SoundPlayer::seek(double seconds) {
  if (end_ >= 0 && (seconds < begin_ || seconds > end_)) end_ = -1;
  wanted_ = seconds;
  if (player_ && player_->isSeekable())
    player_->setPosition(milliseconds(std::exchange(wanted_, -1)));
}

void SoundPlayer::playStretch(double begin, double end) {
  begin_ = begin;
  end_ = end > begin ? end : -1;
  if (!open()) return;
  seek(begin);
  player_->play();
}

void SoundPlayer::setSpeed(double speed) {
  speed_ = speed;
  if (player_) player_->setPlaybackRate(speed);
}

void SoundPlayer::onPosition(qint64 at) {
  if (end_ >= 0 && at >= milliseconds(end_) && isPlaying()) {
    if (looping_) return player_->setPosition(milliseconds(begin_));
    end_ = -1;
    player_->pause();
  }
  emit moved(static_cast<double>(at) / 1000);
}

}  // namespace orrery::ui
