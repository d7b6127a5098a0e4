#pragma once

#include <QFrame>

class QComboBox;
class QDoubleSpinBox;
class QLabel;
class QPushButton;
class QSpinBox;

namespace orrery::ui {

class LevelMeter;
class Recorder;

/// What is recorded from, how loud it is, and what silence does.
class RecordBar : public QFrame {
  Q_OBJECT

 public:
  explicit RecordBar(Recorder& recorder, QWidget* parent = nullptr);

  void start();  ///< records from the chosen device
  void stop();
  /// Looks for devices; the bar says so where there is none.
  void refresh();

 signals:
  void closed();  ///< the user wants no more of it

 private:
  QWidget* makeRule();
  void takeRule();
  void showState();

  Recorder& recorder_;
  QComboBox* device_;
  LevelMeter* meter_;
  QComboBox* silence_;
  QSpinBox* threshold_;
  QDoubleSpinBox* seconds_;
  QLabel* state_;
  QPushButton* record_;
};

}  // namespace orrery::ui
