#include "ui/forecast/value_bars.h"

#include <cmath>

namespace orrery::ui {

ValueBars::ValueBars(QCustomPlot& plot, QCPAxis& rows, QCPAxis& values)
    : QCPAbstractItem(&plot), rows_(rows), values_(values) {
  setClipAxisRect(rows.axisRect());
  setSelectable(false);
}

void ValueBars::draw(QCPPainter* painter) {
  painter->setAntialiasing(false);  // whole pixels are filled many times faster
  double top = NAN, bottom = NAN;   // of the bar before
  for (std::size_t i = 0; i < curve_.rows.size(); ++i) {
    if (std::isnan(curve_.low[i])) {
      top = bottom = NAN;
      continue;
    }
    // What was joined before may not overlap: the line between two bars belongs to the second.
    double high = values_.coordToPixel(curve_.high[i]), low = values_.coordToPixel(curve_.low[i]);
    if (high > bottom) high = bottom;
    if (low < top) low = top;
    const int left = static_cast<int>(std::floor(rows_.coordToPixel(curve_.rows[i])));
    const int first = static_cast<int>(std::lround(high)), end = static_cast<int>(std::lround(low));
    painter->fillRect(QRect(left, first, 1, std::max(1, end - first)), color_);
    top = high, bottom = low;
  }
}

}  // namespace orrery::ui
