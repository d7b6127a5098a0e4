#include "ui/forecast/forecast_plot.h"

#include <qcustomplot.h>

#include <QVBoxLayout>
#include <algorithm>
#include <cmath>

#include "ui/forecast/forecast_lane.h"
#include "ui/forecast/row_ticker.h"
#include "ui/forecast/series_source.h"
#include "ui/plots/plot_style.h"
#include "ui/shell/theme.h"

namespace orrery::ui {
namespace {

constexpr double kFewestRows = 8;  // that are seen
constexpr double kPictureScale = 2;
constexpr double kPastShare = 3;  // of the past beside a forecast, in lengths of it
constexpr int kUsualSteps = 96;   // before a model has told its own

}  // namespace

ForecastPlot::ForecastPlot(const SeriesSource& source, const ForecastModels& models,
                           QWidget* parent)
    : QWidget(parent), source_(source), models_(models), plot_(new QCustomPlot) {
  auto* layout = new QVBoxLayout(this);
  layout->setContentsMargins(0, 0, 0, 0);
  plot_->setFocusPolicy(Qt::NoFocus);
  plot_->setPlottingHint(QCP::phFastPolylines);  // strokes with joins take five times as long
  plot_->setMouseTracking(true);
  plot_->installEventFilter(this);
  plot_->plotLayout()->clear();
  plot_->plotLayout()->setRowSpacing(2);
  layout->addWidget(plot_);
  setFocusPolicy(Qt::StrongFocus);
  setMinimumSize(320, 200);
  style();
}

ForecastPlot::~ForecastPlot() = default;

void ForecastPlot::style() {
  PlotStyle::apply(*plot_);
  for (const auto& lane : lanes_) lane->style();
}

void ForecastPlot::setColumns(const std::vector<std::string>& columns) {
  lanes_.clear();
  for (const std::string& column : columns) {
    lanes_.push_back(
        std::make_unique<ForecastLane>(*plot_, static_cast<int>(lanes_.size()), column));
    lanes_.back()->rows().setTicker(QSharedPointer<RowTicker>::create(source_));
    lanes_.back()->setLabelled(lanes_.size() == columns.size());
  }
  style();
  redraw();
}

// At rest: the rows there are and as far as a forecast from their end may reach.
double ForecastPlot::furthest() const {
  return static_cast<double>(source_.rows() + ahead_);
}

void ForecastPlot::setAhead(int steps) {
  ahead_ = steps;
}

void ForecastPlot::showRange(double begin, double end) {
  const double all = std::max(kFewestRows, furthest());
  const double length = std::clamp(end - begin, kFewestRows, all);
  begin_ = std::clamp(begin, 0.0, all - length);
  end_ = begin_ + length;
  redraw();
  emit rangeChanged(begin_, end_);
}

void ForecastPlot::redraw() {
  for (const auto& lane : lanes_) lane->draw(source_, models_, begin_, end_);
  setOrigin(origin_);
}

void ForecastPlot::setOrigin(std::int64_t row) {
  origin_ = row;
  const auto place = static_cast<double>(row);
  const QString text = source_.rows() > 0 ? source_.rowText(place) : QString();
  for (const auto& lane : lanes_) lane->setOrigin(place, lane == lanes_.front() ? text : QString());
  setAccessibleDescription(tr("Origin: %1").arg(text));
  plot_->replot(QCustomPlot::rpQueuedReplot);
}

void ForecastPlot::moveOrigin(std::int64_t row) {
  row = std::clamp<std::int64_t>(row, 1, std::max<std::int64_t>(1, source_.rows()));
  if (source_.rows() == 0 || row == origin_) return;
  setOrigin(row);
  const auto place = static_cast<double>(row);
  if (drag_ == Drag::kNone && (place < begin_ || place > end_)) showOrigin();
  emit originMoved(row);
}

void ForecastPlot::showOrigin() {
  int steps = ahead_ > 0 ? ahead_ : kUsualSteps;
  for (int i = 0; i < models_.rowCount(); ++i)
    if (const auto& forecast = models_.item(i).forecast) steps = std::max(steps, forecast->steps());
  const auto place = static_cast<double>(origin_);
  showRange(place - kPastShare * steps, place + 1.25 * steps);
}

void ForecastPlot::zoom(double factor, double about) {
  showRange(about - (about - begin_) / factor, about + (end_ - about) / factor);
}

double ForecastPlot::rowAt(double x) const {
  return lanes_.empty() ? 0 : lanes_.front()->rows().pixelToCoord(x);
}

QPoint ForecastPlot::originPlace() const {
  if (lanes_.empty()) return {};
  const double x = lanes_.front()->rows().coordToPixel(static_cast<double>(origin_));
  return {static_cast<int>(std::lround(x)), lanes_.front()->rect().center().y()};
}

QPixmap ForecastPlot::picture() const {
  return plot_->toPixmap(plot_->width(), plot_->height(), kPictureScale);
}

void ForecastPlot::changeEvent(QEvent* event) {
  if (event->type() == QEvent::PaletteChange) {
    style();
    redraw();
  }
  QWidget::changeEvent(event);
}

}  // namespace orrery::ui
