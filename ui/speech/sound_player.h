#pragma once

#include <QObject>
#include <QString>

class QMediaPlayer;

namespace orrery::ui {

/// Plays a recording, or a stretch of it, once or over and over. What plays is made when it is
/// first asked for.
class SoundPlayer : public QObject {
  Q_OBJECT

 public:
  using QObject::QObject;

  void setFile(const QString& file);
  void play();
  void pause();
  bool isPlaying() const;
  void seek(double seconds);
  /// Plays from `begin` to `end` (seconds), or on from `begin` if `end` is not behind it.
  void playStretch(double begin, double end);
  /// Whether a stretch is played again and again.
  void setLooping(bool looping) { looping_ = looping; }
  void setSpeed(double speed);

 signals:
  void moved(double seconds);
  void playingChanged();
  void failed(const QString& reason);  ///< one sentence

 private:
  bool open();
  void makePlayer();
  void onPosition(qint64 milliseconds);

  QMediaPlayer* player_ = nullptr;
  QString file_;
  double speed_ = 1;
  double wanted_ = -1;  ///< where to play from once the file is open; below 0: where it is
  double begin_ = 0;
  double end_ = -1;  ///< of the stretch that is played; below 0: to the end
  bool looping_ = false;
};

}  // namespace orrery::ui
