#pragma once

#include <QWidget>

namespace orrery::ui {

/// A disk as a bar: the cache, what else is on it, what is free.
class DiskMeter : public QWidget {
  Q_OBJECT

 public:
  explicit DiskMeter(QWidget* parent = nullptr);

  void set(double cacheBytes, double freeBytes, double diskBytes);

 protected:
  void paintEvent(QPaintEvent* event) override;

 private:
  double cache_ = 0;
  double free_ = 0;
  double disk_ = 0;
};

}  // namespace orrery::ui
