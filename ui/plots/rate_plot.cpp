#include "ui/plots/rate_plot.h"

#include <QPainter>
#include <QPainterPath>
#include <algorithm>

#include "ui/shell/theme.h"
#include "ui/widgets/widgets.h"

namespace orrery::ui {

RatePlot::RatePlot(QWidget* parent) : QWidget(parent) {
  setMinimumHeight(60);
}

void RatePlot::setSamples(std::vector<QPointF> samples) {
  samples_ = std::move(samples);
  if (!samples_.empty())
    setAccessibleDescription(tr("%1 a second now").arg(formatBytes(samples_.back().y())));
  update();
}

void RatePlot::paintEvent(QPaintEvent*) {
  QPainter painter(this);
  painter.setRenderHint(QPainter::Antialiasing);
  const int line = fontMetrics().height();
  const QRectF area = QRectF(rect()).adjusted(1, line + 2, -1, -2);
  painter.setPen(QPen(theme().border, 1));
  painter.drawLine(area.bottomLeft(), area.bottomRight());
  painter.setPen(theme().muted);
  if (samples_.size() < 2) {
    painter.drawText(rect(), Qt::AlignCenter, tr("No rate yet"));
    return;
  }
  double most = 0;
  for (const QPointF& sample : samples_) most = std::max(most, sample.y());
  const double begin = samples_.front().x();
  const double span = std::max(samples_.back().x() - begin, 1.0);
  painter.drawText(QRectF(0, 0, width(), line), Qt::AlignLeft,
                   tr("most %1/s").arg(formatBytes(most)));
  painter.drawText(QRectF(0, 0, width(), line), Qt::AlignRight,
                   tr("over %1").arg(formatDuration(span)));
  QPainterPath curve;
  for (const QPointF& sample : samples_) {
    const QPointF at(area.left() + (sample.x() - begin) / span * area.width(),
                     area.bottom() - (most > 0 ? sample.y() / most : 0) * area.height());
    curve.elementCount() == 0 ? curve.moveTo(at) : curve.lineTo(at);
  }
  painter.setPen(QPen(theme().accent, 1.6));
  painter.drawPath(curve);
  curve.lineTo(curve.currentPosition().x(), area.bottom());
  curve.lineTo(area.bottomLeft());
  QColor fill = theme().accent;
  fill.setAlphaF(0.14f);
  painter.fillPath(curve, fill);
}

}  // namespace orrery::ui
