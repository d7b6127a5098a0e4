#pragma once

#include <QWidget>
#include <memory>
#include <vector>

#include "ui/forecast/forecast_models.h"

class QCustomPlot;

namespace orrery::ui {

class ForecastLane;
class SeriesSource;

/// Columns of a table one above the other over the same rows, and what models expect from the
/// origin on: a line and a fan of quantiles. The wheel zooms at the pointer, dragging moves, the
/// line of the origin is dragged by itself. Keys: left and right move, with Shift the origin by one
/// row (with Ctrl too by a tenth of what is seen), + and - zoom, 0 shows all, Home and End go to
/// the ends, O brings the origin into view.
class ForecastPlot : public QWidget {
  Q_OBJECT

 public:
  ForecastPlot(const SeriesSource& source, const ForecastModels& models, QWidget* parent = nullptr);
  ~ForecastPlot() override;

  /// The columns that are shown.
  void setColumns(const std::vector<std::string>& columns);
  /// Values have come, or models have answered.
  void redraw();
  void showRange(double begin, double end);
  double rangeBegin() const { return begin_; }
  double rangeEnd() const { return end_; }
  /// Places the origin without telling.
  void setOrigin(std::int64_t row);
  std::int64_t origin() const { return origin_; }
  /// The origin by the user: kept within the rows, and told.
  void moveOrigin(std::int64_t row);
  /// Shows what lies around the origin, as far as forecasts and a part of the past reach.
  void showOrigin();
  /// How far behind the last row the view may reach.
  void setAhead(int steps);
  /// Where the origin's line is, in pixels of this widget.
  QPoint originPlace() const;
  /// The picture at twice the size of the screen.
  QPixmap picture() const;

 signals:
  void originMoved(qint64 row);  ///< by the user
  void rangeChanged(double begin, double end);
  /// What is under the pointer, as one line; empty if it is not over the plot.
  void pointed(const QString& text);

 protected:
  bool eventFilter(QObject* watched, QEvent* event) override;
  void keyPressEvent(QKeyEvent* event) override;
  void changeEvent(QEvent* event) override;

 private:
  void style();
  void zoom(double factor, double about);
  double rowAt(double x) const;
  bool onOrigin(double x) const;
  bool moveWheel(const QPointF& place, const QPoint& turned);
  void movePointer(const QPointF& place);
  void tellPlace(double row);
  double furthest() const;

  const SeriesSource& source_;
  const ForecastModels& models_;
  QCustomPlot* plot_;
  std::vector<std::unique_ptr<ForecastLane>> lanes_;
  double begin_ = 0, end_ = 1;
  std::int64_t origin_ = 0;
  int ahead_ = 0;
  enum class Drag { kNone, kView, kOrigin } drag_ = Drag::kNone;
  double pressedAt_ = 0;     ///< pixels
  double pressedBegin_ = 0;  ///< row
};

}  // namespace orrery::ui
