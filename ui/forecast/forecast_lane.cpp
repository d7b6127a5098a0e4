#include "ui/forecast/forecast_lane.h"

#include <qcustomplot.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "ui/forecast/row_ticker.h"
#include "ui/forecast/series_source.h"
#include "ui/forecast/value_bars.h"
#include "ui/plots/plot_style.h"
#include "ui/shell/theme.h"

namespace orrery::ui {
namespace {

constexpr int kMargin = 58;         // left of the lanes, so that they stand below each other
constexpr double kHeadroom = 0.07;  // above and below the values, of their range
constexpr double kLine = 1.2;
constexpr double kForecastLine = 1.9;
constexpr float kBand = 0.13F;  // opacity of one of the bands that lie on each other
constexpr std::size_t kMostDraws = 40;

using Values = std::vector<double>;

QVector<double> stepsFrom(std::int64_t origin, std::size_t count) {
  QVector<double> rows;
  for (std::size_t i = 0; i < count; ++i)
    rows += static_cast<double>(origin + static_cast<std::int64_t>(i));
  return rows;
}

QVector<double> listed(const Values& values) {
  return {values.begin(), values.end()};
}

// Least and greatest of what has been seen; a QCPRange would swap them while it is empty.
struct Extent {
  double least = std::numeric_limits<double>::infinity(), greatest = -least;

  void take(const Values& values) {
    for (const double value : values)
      if (std::isfinite(value)) {
        least = std::min(least, value);
        greatest = std::max(greatest, value);
      }
  }
};

}  // namespace

ForecastLane::ForecastLane(QCustomPlot& plot, int row, std::string column)
    : plot_(plot), column_(std::move(column)), rect_(new QCPAxisRect(&plot)) {
  plot_.plotLayout()->addElement(row, 0, rect_);
  rect_->setAutoMargins(QCP::msBottom);
  rect_->setMargins(QMargins(kMargin, 6, 12, 0));
  rect_->setMinimumMargins(QMargins(kMargin, 6, 12, 4));
  QCPAxis* values = rect_->axis(QCPAxis::atLeft);
  values_ = new QCPGraph(&rows(), values);
  values_->setAdaptiveSampling(false);  // it has been sampled
  bars_ = new ValueBars(plot_, rows(), *values);
  line_ = new QCPItemStraightLine(&plot_);
  line_->setClipAxisRect(rect_);
  for (QCPItemPosition* point : {line_->point1, line_->point2}) point->setAxes(&rows(), values);
  for (QCPItemText** text : {&label_, &title_}) {
    *text = new QCPItemText(&plot_);
    (*text)->setClipAxisRect(rect_);
    (*text)->position->setAxes(&rows(), values);
    (*text)->position->setAxisRect(rect_);
    (*text)->position->setTypeY(QCPItemPosition::ptAxisRectRatio);
    (*text)->setPadding(QMargins(5, 2, 5, 2));
  }
  label_->setPositionAlignment(Qt::AlignLeft | Qt::AlignTop);
  title_->position->setTypeX(QCPItemPosition::ptAxisRectRatio);
  title_->position->setCoords(0, 0);
  title_->setPositionAlignment(Qt::AlignLeft | Qt::AlignTop);
  title_->setText(QString::fromStdString(column_));
  style();
}

ForecastLane::~ForecastLane() {
  for (Fan& fan : fans_) clearFan(fan);
  plot_.removePlottable(values_);
  plot_.removeItem(bars_);
  for (QCPAbstractItem* item : std::initializer_list<QCPAbstractItem*>{line_, label_, title_})
    plot_.removeItem(item);
  plot_.plotLayout()->remove(rect_);
  plot_.plotLayout()->simplify();
}

QCPAxis& ForecastLane::rows() {
  return *rect_->axis(QCPAxis::atBottom);
}

void ForecastLane::style() {
  const Theme& t = theme();
  QColor past = t.text;
  past.setAlphaF(0.8F);
  values_->setPen(QPen(past, kLine));
  // Opaque, which is filled many times faster.
  const auto blend = [&](float of, float over) { return over + (of - over) * past.alphaF(); };
  bars_->setColor(QColor::fromRgbF(blend(past.redF(), t.surface.redF()),
                                   blend(past.greenF(), t.surface.greenF()),
                                   blend(past.blueF(), t.surface.blueF())));
  line_->setPen(QPen(t.accent, 1.4));
  QFont font = plot_.font();
  label_->setFont(font);
  label_->setColor(t.onAccent);
  label_->setBrush(t.accent);
  label_->setPen(Qt::NoPen);
  font.setWeight(QFont::DemiBold);
  title_->setFont(font);
  title_->setColor(t.text);
  QColor behind = t.surface;
  behind.setAlphaF(0.8F);
  title_->setBrush(behind);
}

void ForecastLane::setLabelled(bool labelled) {
  rows().setTickLabels(labelled);
}

void ForecastLane::setOrigin(double row, const QString& label) {
  line_->point1->setCoords(row, 0);
  line_->point2->setCoords(row, 1);
  label_->setVisible(!label.isEmpty());
  label_->setText(label);
  label_->position->setCoords(row, 0);
  // At the right end it would be cut off.
  const double place = rows().coordToPixel(row) - rect_->left();
  const bool right = place > rect_->width() * 0.8;
  label_->setPositionAlignment((right ? Qt::AlignRight : Qt::AlignLeft) | Qt::AlignTop);
}

void ForecastLane::draw(const SeriesSource& source, const ForecastModels& models, double begin,
                        double end) {
  const int pixels = std::max(1, rect_->width());
  const auto curve = source.valuesOf(begin, end).look(column_, begin, end, pixels);
  const bool shared = !curve.high.empty();
  const SeriesValues::Curve none;
  const SeriesValues::Curve& line = shared ? none : curve;
  values_->setData(listed(line.rows), listed(line.low), true);
  bars_->setCurve(shared ? curve : none);
  this->rows().setRange(begin, end);
  const auto count = static_cast<std::size_t>(models.rowCount());
  while (fans_.size() > count) {
    clearFan(fans_.back());
    fans_.pop_back();
  }
  fans_.resize(count);
  for (std::size_t i = 0; i < count; ++i) drawFan(fans_[i], models.item(static_cast<int>(i)));
  fitValues(curve, models, begin, end);
}

void ForecastLane::clearFan(Fan& fan) {
  for (QCPGraph* graph : fan.upper) plot_.removePlottable(graph);
  for (QCPGraph* graph : fan.lower) plot_.removePlottable(graph);
  if (fan.point) plot_.removePlottable(fan.point);
  if (fan.draws) plot_.removePlottable(fan.draws);
  fan = {};
}

void ForecastLane::growFan(Fan& fan, std::size_t pairs) {
  QCPAxis* values = rect_->axis(QCPAxis::atLeft);
  if (fan.point && fan.lower.size() == pairs) return;
  clearFan(fan);
  for (std::size_t i = 0; i < pairs; ++i) {
    fan.lower.push_back(new QCPGraph(&rows(), values));
    fan.upper.push_back(new QCPGraph(&rows(), values));
    for (QCPGraph* graph : {fan.lower.back(), fan.upper.back()}) graph->setPen(Qt::NoPen);
    fan.upper.back()->setChannelFillGraph(fan.lower.back());
  }
  fan.draws = new QCPCurve(&rows(), values);
  fan.point = new QCPGraph(&rows(), values);
}

void ForecastLane::styleFan(Fan& fan, int color) {
  const QColor main = theme().series(color);
  QColor band = main;
  band.setAlphaF(kBand);
  for (QCPGraph* graph : fan.upper) graph->setBrush(band);
  QColor thin = main;
  thin.setAlphaF(0.3F);
  fan.draws->setPen(QPen(thin, 0.8));
  fan.point->setPen(QPen(main, kForecastLine));
  const bool alone = fan.point->dataCount() == 1;  // no line goes through one step
  fan.point->setScatterStyle(alone ? QCPScatterStyle(QCPScatterStyle::ssDisc, main, main, 6)
                                   : QCPScatterStyle());
}

void ForecastLane::drawFan(Fan& fan, const ForecastModelItem& item) {
  const ColumnForecast* forecast = item.forecast ? item.forecast->of(column_) : nullptr;
  if (!forecast) return clearFan(fan);
  const auto& quantiles = forecast->quantiles;
  growFan(fan, quantiles.size() / 2);
  const QVector<double> rows = stepsFrom(item.forecast->origin, forecast->point.size());
  for (std::size_t i = 0; i < fan.lower.size(); ++i) {
    fan.lower[i]->setData(rows, listed(quantiles[i].second), true);
    fan.upper[i]->setData(rows, listed(quantiles[quantiles.size() - 1 - i].second), true);
  }
  fan.point->setData(rows, listed(forecast->point), true);
  QVector<double> order, keys, values;
  for (std::size_t d = 0; d < std::min(kMostDraws, forecast->draws.size()); ++d) {
    keys += rows;
    values += listed(forecast->draws[d]);
    keys += rows.last();
    values += std::numeric_limits<double>::quiet_NaN();  // parts one from the next
  }
  for (int i = 0; i < keys.size(); ++i) order += i;
  fan.draws->setData(order, keys, values, true);
  styleFan(fan, item.color);
}

void ForecastLane::fitValues(const SeriesValues::Curve& curve, const ForecastModels& models,
                             double begin, double end) {
  Extent seen;
  seen.take(curve.low);
  seen.take(curve.high);
  for (int i = 0; i < models.rowCount(); ++i) {
    const auto& forecast = models.item(i).forecast;
    const ColumnForecast* one = forecast ? forecast->of(column_) : nullptr;
    const auto origin = forecast ? static_cast<double>(forecast->origin) : 0;
    if (!one || origin > end || origin + forecast->steps() < begin) continue;
    seen.take(one->point);
    if (one->quantiles.empty()) continue;
    seen.take(one->quantiles.front().second);
    seen.take(one->quantiles.back().second);
  }
  if (seen.least > seen.greatest) seen = {0, 1};
  const double room =
      std::max(kHeadroom * (seen.greatest - seen.least), 1e-9 + 1e-3 * std::abs(seen.greatest));
  rect_->axis(QCPAxis::atLeft)->setRange(seen.least - room, seen.greatest + 2 * room);
}

}  // namespace orrery::ui
