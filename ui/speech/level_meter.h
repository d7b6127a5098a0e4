#pragma once

#include <QWidget>

namespace orrery::ui {

/// How loud it is, as a bar from -60 to 0 decibels, with a mark where silence begins.
class LevelMeter : public QWidget {
  Q_OBJECT

 public:
  explicit LevelMeter(QWidget* parent = nullptr);

  void setLevel(double decibels);
  void setThreshold(double decibels);
  double level() const { return level_; }

  QSize sizeHint() const override { return {160, 14}; }

 protected:
  void paintEvent(QPaintEvent* event) override;

 private:
  double level_ = -100;
  double threshold_ = -40;
};

}  // namespace orrery::ui
