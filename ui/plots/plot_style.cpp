#include "ui/plots/plot_style.h"

#include <qcustomplot.h>

#include "ui/shell/theme.h"

namespace orrery::ui {

void PlotStyle::apply(QCPAxis& axis) {
  const Theme& t = theme();
  QFont font = axis.parentPlot()->font();
  font.setPointSizeF(font.pointSizeF() * 0.85);
  axis.setBasePen(QPen(t.border));
  axis.setTickPen(QPen(t.border));
  axis.setSubTickPen(Qt::NoPen);
  axis.setTickLabelColor(t.muted);
  axis.setLabelColor(t.muted);
  axis.setTickLabelFont(font);
  axis.setLabelFont(font);
  axis.setTickLengthIn(0);
  axis.setTickLengthOut(3);
  QColor grid = t.border;
  grid.setAlphaF(0.55f);
  axis.grid()->setPen(QPen(grid, 1));
  axis.grid()->setZeroLinePen(QPen(grid, 1));
}

void PlotStyle::apply(QCustomPlot& plot) {
  plot.setBackground(theme().surface);
  for (QCPAxisRect* rect : plot.axisRects())
    for (QCPAxis* axis : rect->axes()) apply(*axis);
}

}  // namespace orrery::ui
