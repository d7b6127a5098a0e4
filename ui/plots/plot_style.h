#pragma once

class QCPAxis;
class QCPAxisRect;
class QCustomPlot;

namespace orrery::ui {

/// The look of every plot: colours of the theme, thin axes, a light grid.
struct PlotStyle {
  static void apply(QCustomPlot& plot);
  static void apply(QCPAxis& axis);
};

}  // namespace orrery::ui
