#pragma once

#include <QPointF>
#include <QWidget>
#include <vector>

namespace orrery::ui {

/// A rate over time: seconds along, bytes per second up.
class RatePlot : public QWidget {
  Q_OBJECT

 public:
  explicit RatePlot(QWidget* parent = nullptr);

  void setSamples(std::vector<QPointF> samples);
  QSize sizeHint() const override { return {280, 90}; }

 protected:
  void paintEvent(QPaintEvent* event) override;

 private:
  std::vector<QPointF> samples_;
};

}  // namespace orrery::ui
