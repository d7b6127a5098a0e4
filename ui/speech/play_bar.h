#pragma once

#include <QWidget>

class QComboBox;
class QLabel;
class QToolButton;

namespace orrery::ui {

class SoundPlayer;
class WaveView;

/// Plays a recording and shows where it is: a button, the time, the speed. Keeps a player and a
/// view of the same recording together.
class PlayBar : public QWidget {
  Q_OBJECT

 public:
  /// `name` begins the object names: "name.play", "name.speed".
  PlayBar(SoundPlayer& player, WaveView& wave, const QString& name, QWidget* parent = nullptr);

  void setSeconds(double seconds);  ///< of the recording; 0: not known
  void toggle();                    ///< plays or pauses
  /// Shows that moment.
  void showAt(double seconds);

 signals:
  void moved(double seconds);  ///< by what plays or by the user

 private:
  void showState();

  SoundPlayer& player_;
  WaveView& wave_;
  QToolButton* play_;
  QLabel* time_;
  QComboBox* speed_;
  double seconds_ = 0;
};

}  // namespace orrery::ui
