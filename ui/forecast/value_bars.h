#pragma once

#include <qcustomplot.h>

#include "ui/forecast/series_values.h"

namespace orrery::ui {

/// How far values swing in each column of pixels, where many rows share one: an upright bar from
/// the least to the greatest. Lines of so long swings would take several frames to stroke.
class ValueBars : public QCPAbstractItem {
 public:
  ValueBars(QCustomPlot& plot, QCPAxis& rows, QCPAxis& values);

  void setCurve(SeriesValues::Curve curve) { curve_ = std::move(curve); }
  void setColor(const QColor& color) { color_ = color; }
  double selectTest(const QPointF&, bool, QVariant*) const override { return -1; }

 protected:
  void draw(QCPPainter* painter) override;

 private:
  QCPAxis& rows_;
  QCPAxis& values_;
  SeriesValues::Curve curve_;
  QColor color_;
};

}  // namespace orrery::ui
