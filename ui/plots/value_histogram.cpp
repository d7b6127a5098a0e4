#include "ui/plots/value_histogram.h"

#include <qcustomplot.h>

#include <QEvent>
#include <QVBoxLayout>
#include <algorithm>
#include <cmath>

#include "ui/plots/plot_style.h"
#include "ui/shell/theme.h"
#include "ui/widgets/widgets.h"

namespace orrery::ui {
namespace {

constexpr int kBars = 64;
constexpr int kHeight = 150;

}  // namespace

ValueHistogram::ValueHistogram(const char* objectName, QWidget* parent) : QWidget(parent) {
  plot_ = named(new QCustomPlot, objectName, tr("Histogram of the values"));
  bars_ = new QCPBars(plot_->xAxis, plot_->yAxis);
  line_ = new QCPItemStraightLine(plot_);
  line_->setVisible(false);
  plot_->yAxis->setTickLabels(false);
  plot_->xAxis->ticker()->setTickCount(4);
  auto* layout = new QVBoxLayout(this);
  layout->setContentsMargins(0, 0, 0, 0);
  layout->addWidget(plot_);
  setFixedHeight(kHeight);
  style();
}

void ValueHistogram::setData(std::span<const float> values, float lowest, float highest) {
  QVector<double> counts(kBars), places(kBars);
  const double width = highest > lowest ? (double{highest} - lowest) / kBars : 1;
  for (const float value : values) {
    if (!std::isfinite(value)) continue;
    const auto bar = static_cast<int>((double{value} - lowest) / width);
    counts[std::clamp(bar, 0, kBars - 1)] += 1;
  }
  for (int i = 0; i < kBars; ++i) places[i] = lowest + (i + 0.5) * width;
  bars_->setData(places, counts, true);
  bars_->setWidth(width);
  plot_->xAxis->setRange(lowest, lowest + kBars * width);
  plot_->yAxis->setRange(0, *std::max_element(counts.begin(), counts.end()) * 1.05 + 1e-9);
  plot_->replot();
}

void ValueHistogram::showValue(std::optional<double> value) {
  if (!value && !line_->visible()) return;
  line_->setVisible(value.has_value());
  if (value) {
    line_->point1->setCoords(*value, 0);
    line_->point2->setCoords(*value, 1);
  }
  plot_->replot(QCustomPlot::rpQueuedReplot);
}

void ValueHistogram::changeEvent(QEvent* event) {
  if (event->type() == QEvent::PaletteChange) {
    style();
    plot_->replot();
  }
  QWidget::changeEvent(event);
}

void ValueHistogram::style() {
  PlotStyle::apply(*plot_);
  bars_->setPen(Qt::NoPen);
  bars_->setBrush(theme().accent);
  line_->setPen(QPen(theme().text, 1.4));
}

}  // namespace orrery::ui
