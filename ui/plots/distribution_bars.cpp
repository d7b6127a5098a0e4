#include "ui/plots/distribution_bars.h"

#include <qcustomplot.h>

#include <QEvent>
#include <QVBoxLayout>
#include <algorithm>

#include "ui/plots/plot_style.h"
#include "ui/shell/theme.h"
#include "ui/widgets/widgets.h"

namespace orrery::ui {
namespace {

constexpr double kBarWidth = 0.36;
constexpr int kRowHeight = 24;

}  // namespace

DistributionBars::DistributionBars(QWidget* parent) : QWidget(parent) {
  plot_ = named(new QCustomPlot, "decoding.bars",
                tr("Next-token distribution before and after the settings"));
  auto* layout = new QVBoxLayout(this);
  layout->setContentsMargins(0, 0, 0, 0);
  layout->addWidget(plot_);
  plot_->yAxis->setRangeReversed(true);
  plot_->yAxis->grid()->setVisible(false);
  plot_->xAxis->setNumberFormat(QStringLiteral("gb"));
  plot_->xAxis->ticker()->setTickCount(4);
}

void DistributionBars::setData(std::vector<DistributionBar> bars) {
  bars_ = std::move(bars);
  setFixedHeight(static_cast<int>(bars_.size()) * kRowHeight + 44);
  draw();
}

void DistributionBars::draw() {
  plot_->clearPlottables();
  PlotStyle::apply(*plot_);
  plot_->yAxis->grid()->setVisible(false);
  plot_->yAxis->setTickLabelColor(theme().text);
  auto names = QSharedPointer<QCPAxisTickerText>::create();
  QVector<double> upper;
  QVector<double> lower;
  QVector<double> before;
  QVector<double> after;
  double largest = 0.01;
  for (std::size_t i = 0; i < bars_.size(); ++i) {
    const auto at = static_cast<double>(i);
    names->addTick(at, visibleToken(bars_[i].text).left(12));
    upper.append(at - kBarWidth / 2);
    lower.append(at + kBarWidth / 2);
    before.append(bars_[i].before);
    after.append(bars_[i].after);
    largest = std::max({largest, bars_[i].before, bars_[i].after});
  }
  plot_->yAxis->setTicker(names);
  const auto add = [&](const QVector<double>& places, const QVector<double>& values,
                       const QColor& color) {
    auto* bars = new QCPBars(plot_->yAxis, plot_->xAxis);
    bars->setWidth(kBarWidth);
    bars->setPen(Qt::NoPen);
    bars->setBrush(color);
    bars->setData(places, values, true);
  };
  QColor faded = theme().muted;
  faded.setAlphaF(0.45f);
  add(upper, before, faded);
  add(lower, after, theme().accent);
  plot_->yAxis->setRange(-0.6, std::max<double>(static_cast<double>(bars_.size()), 1) - 0.4);
  plot_->xAxis->setRange(0, std::min(1.0, largest * 1.08));
  plot_->replot(QCustomPlot::rpQueuedReplot);
}

void DistributionBars::changeEvent(QEvent* event) {
  QWidget::changeEvent(event);
  if (event->type() == QEvent::PaletteChange && !bars_.empty()) draw();
}

}  // namespace orrery::ui
