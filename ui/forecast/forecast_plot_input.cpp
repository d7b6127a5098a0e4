// The mouse and the keyboard over the forecast plot.
#include <qcustomplot.h>

#include <QKeyEvent>
#include <QLocale>
#include <QMouseEvent>
#include <QWheelEvent>
#include <algorithm>
#include <cmath>

#include "ui/forecast/forecast_lane.h"
#include "ui/forecast/forecast_plot.h"
#include "ui/forecast/series_source.h"

namespace orrery::ui {
namespace {

constexpr double kZoomStep = 1.25;
constexpr double kMoveShare = 0.1;  // of what is seen, of one press of a key
constexpr int kGripPixels = 7;      // around the line of the origin

QString number(double value) {
  return QLocale().toString(value, 'g', 5);
}

}  // namespace

bool ForecastPlot::onOrigin(double x) const {
  return std::abs(x - originPlace().x()) <= kGripPixels;
}

bool ForecastPlot::moveWheel(const QPointF& place, const QPoint& turned) {
  if (turned.y() != 0) zoom(std::pow(kZoomStep, turned.y() / 120.0), rowAt(place.x()));
  const double sideways = turned.x() / 120.0 * kMoveShare * (end_ - begin_);
  if (sideways != 0) showRange(begin_ - sideways, end_ - sideways);
  return true;
}

void ForecastPlot::movePointer(const QPointF& place) {
  if (drag_ == Drag::kOrigin) {
    moveOrigin(std::llround(rowAt(place.x())));
  } else if (drag_ == Drag::kView) {
    const double length = end_ - begin_;
    const int width = std::max(1, lanes_.front()->rect().width());
    const double begin = pressedBegin_ - (place.x() - pressedAt_) * length / width;
    showRange(begin, begin + length);
  } else {
    plot_->setCursor(onOrigin(place.x()) ? Qt::SplitHCursor : Qt::ArrowCursor);
  }
  tellPlace(rowAt(place.x()));
}

// The row under the pointer: its time, its values, and what models expect there.
void ForecastPlot::tellPlace(double place) {
  const std::int64_t row = std::llround(place);
  if (row < 0 || place > furthest()) return emit pointed({});
  QString text = source_.rowText(static_cast<double>(row));
  const SeriesValues& values = source_.valuesOf(begin_, end_);
  for (const auto& lane : lanes_) {
    const double value = values.at(lane->column(), row);
    if (std::isfinite(value))
      text += QStringLiteral("   %1 %2").arg(QString::fromStdString(lane->column()), number(value));
    for (int i = 0; i < models_.rowCount(); ++i) {
      const ForecastModelItem& item = models_.item(i);
      const ColumnForecast* forecast = item.forecast ? item.forecast->of(lane->column()) : nullptr;
      const std::int64_t step = forecast ? row - item.forecast->origin : -1;
      if (step < 0 || step >= static_cast<std::int64_t>(forecast->point.size())) continue;
      const auto at = static_cast<std::size_t>(step);
      text += QStringLiteral("   %1 %2").arg(item.name(), number(forecast->point[at]));
      if (forecast->quantiles.size() < 2) continue;
      text += QStringLiteral(" (%1 … %2)")
                  .arg(number(forecast->quantiles.front().second[at]),
                       number(forecast->quantiles.back().second[at]));
    }
  }
  emit pointed(text);
}

bool ForecastPlot::eventFilter(QObject* watched, QEvent* event) {
  if (event->type() == QEvent::Resize) {
    const bool handled = QWidget::eventFilter(watched, event);
    QMetaObject::invokeMethod(
        this, [this] { redraw(); }, Qt::QueuedConnection);
    return handled;
  }
  if (lanes_.empty() || source_.rows() == 0) return QWidget::eventFilter(watched, event);
  switch (event->type()) {
    case QEvent::Wheel: {
      const auto* wheel = static_cast<QWheelEvent*>(event);
      return moveWheel(wheel->position(), wheel->angleDelta());
    }
    case QEvent::MouseButtonPress:
      setFocus(Qt::MouseFocusReason);
      pressedAt_ = static_cast<QMouseEvent*>(event)->position().x();
      pressedBegin_ = begin_;
      drag_ = onOrigin(pressedAt_) ? Drag::kOrigin : Drag::kView;
      return true;
    case QEvent::MouseMove:
      movePointer(static_cast<QMouseEvent*>(event)->position());
      return true;
    case QEvent::MouseButtonRelease:
      drag_ = Drag::kNone;
      return true;
    case QEvent::MouseButtonDblClick:
      moveOrigin(std::llround(rowAt(static_cast<QMouseEvent*>(event)->position().x())));
      return true;
    case QEvent::Leave:
      emit pointed({});
      break;
    default:
      break;
  }
  return QWidget::eventFilter(watched, event);
}

void ForecastPlot::keyPressEvent(QKeyEvent* event) {
  const bool shift = event->modifiers() & Qt::ShiftModifier;
  const double seen = end_ - begin_;
  const double part = kMoveShare * seen;
  const bool far = event->modifiers() & Qt::ControlModifier;
  const std::int64_t rows = far ? std::max<std::int64_t>(1, std::llround(part)) : 1;
  switch (event->key()) {
    case Qt::Key_Left:
      return shift ? moveOrigin(origin_ - rows) : showRange(begin_ - part, end_ - part);
    case Qt::Key_Right:
      return shift ? moveOrigin(origin_ + rows) : showRange(begin_ + part, end_ + part);
    case Qt::Key_Home:
      return shift ? moveOrigin(1) : showRange(0, seen);
    case Qt::Key_End:
      return shift ? moveOrigin(source_.rows()) : showRange(furthest() - seen, furthest());
    case Qt::Key_Plus:
    case Qt::Key_Equal:
      return zoom(kZoomStep, (begin_ + end_) / 2);
    case Qt::Key_Minus:
      return zoom(1 / kZoomStep, (begin_ + end_) / 2);
    case Qt::Key_0:
      return showRange(0, furthest());
    case Qt::Key_O:
      return showOrigin();
    default:
      QWidget::keyPressEvent(event);
  }
}

}  // namespace orrery::ui
