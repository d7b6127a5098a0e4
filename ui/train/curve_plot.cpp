#include "ui/train/curve_plot.h"

#include <qcustomplot.h>

#include <QKeyEvent>
#include <QVBoxLayout>
#include <algorithm>
#include <cmath>
#include <limits>

#include "ui/plots/plot_style.h"
#include "ui/shell/theme.h"
#include "ui/widgets/widgets.h"

namespace orrery::ui {
namespace {

constexpr double kNowhere = std::numeric_limits<double>::quiet_NaN();
constexpr double kZoomStep = 1.25;
constexpr std::size_t kMostNamed = 4;  // curves that a read-out names

/// Ticks of a time: "30 s", "2 min", "1 h".
class SpanTicker : public QCPAxisTickerFixed {
 protected:
  double getTickStep(const QCPRange& range) override {
    constexpr double kSteps[] = {0.1, 0.5, 1,   2,    5,    10,   15,    30,    60,    120,
                                 300, 600, 900, 1800, 3600, 7200, 10800, 21600, 43200, 86400};
    const double wanted = range.size() / (tickCount() + 1e-10);
    for (const double step : kSteps)
      if (step >= wanted) return step;
    return std::ceil(wanted / 86400) * 86400;
  }
  QString getTickLabel(double tick, const QLocale&, QChar, int) override {
    if (tick < 60) return QStringLiteral("%1 s").arg(tick, 0, 'g', 3);
    if (tick < 3600) return QStringLiteral("%1 min").arg(tick / 60, 0, 'g', 3);
    return QStringLiteral("%1 h").arg(tick / 3600, 0, 'g', 3);
  }
};

/// The point of a curve that is nearest to `x`; the last one if that is nowhere.
const QPointF* pointAt(const std::vector<QPointF>& points, double x) {
  if (points.empty()) return nullptr;
  if (std::isnan(x)) return &points.back();
  auto after = std::ranges::lower_bound(points, x, {}, &QPointF::x);
  if (after == points.end()) return &points.back();
  if (after != points.begin() && x - (after - 1)->x() < after->x() - x) --after;
  return &*after;
}

QString number(double value) {
  return QString::number(value, 'g', 4);
}

}  // namespace

CurvePlot::CurvePlot(const char* name, const QString& title, QWidget* parent)
    : QWidget(parent), plot_(new QCustomPlot), name_(title), at_(kNowhere) {
  named(this, name, title);
  setFocusPolicy(Qt::StrongFocus);
  auto* layout = new QVBoxLayout(this);
  layout->setContentsMargins(1, 1, 1, 1);
  layout->addWidget(plot_);
  plot_->setFocusPolicy(Qt::NoFocus);
  plot_->setPlottingHint(QCP::phFastPolylines);
  plot_->setNoAntialiasingOnDrag(true);
  plot_->setInteractions(QCP::iRangeDrag | QCP::iRangeZoom);
  plot_->axisRect()->setRangeDrag(Qt::Horizontal);
  plot_->axisRect()->setRangeZoom(Qt::Horizontal);
  title_ = new QCPTextElement(plot_, title);
  title_->setTextFlags(Qt::AlignLeft | Qt::AlignVCenter);
  title_->setMargins(QMargins(6, 2, 6, 0));
  plot_->plotLayout()->insertRow(0);
  plot_->plotLayout()->addElement(0, 0, title_);
  plot_->plotLayout()->setRowSpacing(0);
  plot_->axisRect()->setMinimumMargins(QMargins(44, 8, 10, 2));
  plot_->yAxis->ticker()->setTickCount(4);
  place_ = new QCPItemLine(plot_);
  for (QCPItemPosition* end : {place_->start, place_->end}) {
    end->setTypeX(QCPItemPosition::ptPlotCoords);
    end->setTypeY(QCPItemPosition::ptAxisRectRatio);
  }
  place_->setVisible(false);
  plot_->installEventFilter(this);
  connect(plot_, &QCustomPlot::mouseMove, this, [this](const QMouseEvent* event) {
    emit placeHovered(plot_->xAxis->pixelToCoord(event->position().x()));
  });
  connect(plot_, &QCustomPlot::mouseDoubleClick, this, &CurvePlot::showAll);
  connect(plot_, &QCustomPlot::mousePress, this, [this] {
    setFocus(Qt::MouseFocusReason);
    whole_ = false;
  });
  connect(plot_, &QCustomPlot::mouseWheel, this, [this] { whole_ = false; });
  connect(plot_->xAxis, qOverload<const QCPRange&>(&QCPAxis::rangeChanged), this,
          [this] { fitValues(); });
  style();
}

void CurvePlot::style() {
  PlotStyle::apply(*plot_);
  QFont font = plot_->font();
  font.setPointSizeF(font.pointSizeF() * 0.92);
  title_->setFont(font);
  title_->setTextColor(theme().text);
  place_->setPen(QPen(theme().muted, 1));
  QColor behind = theme().surface;
  behind.setAlphaF(0.85f);
  plot_->legend->setBrush(behind);
  plot_->legend->setBorderPen(Qt::NoPen);
  plot_->legend->setTextColor(theme().text);
  font.setPointSizeF(font.pointSizeF() * 0.95);
  plot_->legend->setFont(font);
  plot_->legend->setIconSize(20, 10);
  plot_->legend->setRowSpacing(-2);
}

void CurvePlot::setCurves(std::vector<Curve> curves) {
  curves_ = std::move(curves);
  draw();
}

void CurvePlot::draw() {
  while (plot_->graphCount() > static_cast<int>(curves_.size()))
    plot_->removeGraph(plot_->graphCount() - 1);
  for (std::size_t i = 0; i < curves_.size(); ++i) {
    const Curve& curve = curves_[i];
    QCPGraph* graph = static_cast<int>(i) < plot_->graphCount() ? plot_->graph(static_cast<int>(i))
                                                                : plot_->addGraph();
    graph->setName(curve.name);
    graph->setPen(QPen(curve.color, curve.dots ? 1.0 : 1.5));
    const bool dots = curve.dots || curve.points.size() == 1;
    graph->setScatterStyle(dots ? QCPScatterStyle(QCPScatterStyle::ssDisc, curve.color, curve.color,
                                                  curve.dots ? 6 : 4)
                                : QCPScatterStyle());
    QVector<double> x, y;
    for (const QPointF& point : curve.points) {
      x += point.x();
      y += point.y();
    }
    graph->setData(x, y, true);
  }
  if (whole_) showAll();
  fitValues();
  writeReadOut();
  plot_->replot(QCustomPlot::rpQueuedReplot);
}

void CurvePlot::showAll() {
  whole_ = true;
  double first = std::numeric_limits<double>::infinity(), last = -first;
  for (const Curve& curve : curves_)
    if (!curve.points.empty()) {
      first = std::min(first, curve.points.front().x());
      last = std::max(last, curve.points.back().x());
    }
  if (!(first <= last)) first = 0, last = 1;
  first = std::min(first, 0.02 * last);  // the origin, unless a run is looked at from far on
  const double room = last > first ? 0.02 * (last - first) : 1;
  plot_->xAxis->setRange(first - room, last + room);
  plot_->replot(QCustomPlot::rpQueuedReplot);
}

// To what is seen of the curves.
void CurvePlot::fitValues() {
  const QCPRange seen = plot_->xAxis->range();
  double low = std::numeric_limits<double>::infinity(), high = -low;
  for (const Curve& curve : curves_)
    for (const QPointF& point : curve.points)
      if (seen.contains(point.x()) && (!logarithmic_ || point.y() > 0)) {
        low = std::min(low, point.y());
        high = std::max(high, point.y());
      }
  if (!(low <= high)) low = logarithmic_ ? 0.1 : 0, high = 1;
  if (logarithmic_) {
    const double room = std::max(1.02, std::pow(high / low, 0.06));
    plot_->yAxis->setRange(low / room, high * room);
  } else {
    const double room = high > low ? 0.06 * (high - low) : std::max(0.05 * std::abs(high), 1e-12);
    plot_->yAxis->setRange(low - room, high + room);
  }
}

void CurvePlot::setLogarithmic(bool logarithmic) {
  logarithmic_ = logarithmic;
  plot_->yAxis->setScaleType(logarithmic ? QCPAxis::stLogarithmic : QCPAxis::stLinear);
  const auto ticker = logarithmic ? QSharedPointer<QCPAxisTicker>(new QCPAxisTickerLog)
                                  : QSharedPointer<QCPAxisTicker>::create();
  ticker->setTickCount(4);
  plot_->yAxis->setTicker(ticker);
  draw();
}

void CurvePlot::setTimeAxis(bool time) {
  if (time == time_) return;
  time_ = time;
  plot_->xAxis->setTicker(time ? QSharedPointer<QCPAxisTicker>(new SpanTicker)
                               : QSharedPointer<QCPAxisTicker>::create());
  whole_ = true;
  at_ = kNowhere;
}

void CurvePlot::setLegend(bool shown) {
  plot_->legend->setVisible(shown);
}

void CurvePlot::showPlace(double x) {
  at_ = x;
  place_->setVisible(!std::isnan(x));
  place_->start->setCoords(x, 0);
  place_->end->setCoords(x, 1);
  writeReadOut();
  plot_->replot(QCustomPlot::rpQueuedReplot);
}

void CurvePlot::writeReadOut() {
  QStringList parts;
  const bool several = curves_.size() > 1;
  for (const Curve& curve : curves_) {
    const QPointF* point = pointAt(curve.points, at_);
    if (!point) continue;
    if (parts.isEmpty() && !std::isnan(at_))
      parts += time_ ? formatDuration(point->x()) : tr("step %1").arg(point->x());
    if (static_cast<std::size_t>(parts.size()) > kMostNamed) break;
    parts += several && plot_->legend->visible()
                 ? QStringLiteral("%1 %2").arg(curve.name, number(point->y()))
                 : number(point->y());
  }
  readOut_ = parts.join(QStringLiteral("  "));
  title_->setText(readOut_.isEmpty() ? name_ : name_ + QStringLiteral("   ") + readOut_);
  setAccessibleDescription(readOut_);
}

void CurvePlot::zoom(double factor) {
  whole_ = false;
  const double about = std::isnan(at_) ? plot_->xAxis->range().center() : at_;
  plot_->xAxis->scaleRange(1 / factor, about);
  plot_->replot(QCustomPlot::rpQueuedReplot);
}

void CurvePlot::movePlace(int points) {
  const auto longest =
      std::ranges::max_element(curves_, {}, [](const Curve& curve) { return curve.points.size(); });
  if (longest == curves_.end() || longest->points.empty()) return;
  const auto& all = longest->points;
  const auto last = static_cast<std::ptrdiff_t>(all.size()) - 1;
  const std::ptrdiff_t now = pointAt(all, at_) - all.data();
  const std::ptrdiff_t next =
      std::isnan(at_) ? last : std::clamp(now + points, std::ptrdiff_t{0}, last);
  emit placeHovered(all[static_cast<std::size_t>(next)].x());
}

void CurvePlot::keyPressEvent(QKeyEvent* event) {
  switch (event->key()) {
    case Qt::Key_Left:
      return movePlace(-1);
    case Qt::Key_Right:
      return movePlace(1);
    case Qt::Key_Plus:
    case Qt::Key_Equal:
      return zoom(kZoomStep);
    case Qt::Key_Minus:
      return zoom(1 / kZoomStep);
    case Qt::Key_0:
      return showAll();
    default:
      QWidget::keyPressEvent(event);
  }
}

bool CurvePlot::eventFilter(QObject* watched, QEvent* event) {
  if (event->type() == QEvent::Leave) emit placeHovered(kNowhere);
  return QWidget::eventFilter(watched, event);
}

// Around the plot, which fills all but a pixel: where the keyboard is.
void CurvePlot::paintEvent(QPaintEvent*) {
  if (!hasFocus()) return;
  QPainter painter(this);
  painter.setPen(theme().accent);
  painter.drawRect(rect().adjusted(0, 0, -1, -1));
}

void CurvePlot::changeEvent(QEvent* event) {
  QWidget::changeEvent(event);
  if (event->type() != QEvent::PaletteChange) return;
  style();
  plot_->replot(QCustomPlot::rpQueuedReplot);
}

}  // namespace orrery::ui
