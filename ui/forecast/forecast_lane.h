#pragma once

#include <string>
#include <vector>

#include "ui/forecast/forecast_models.h"
#include "ui/forecast/series_values.h"

class QCPAxis;
class QCPAxisRect;
class QCPCurve;
class QCPGraph;
class QCPItemStraightLine;
class QCPItemText;
class QCustomPlot;

namespace orrery::ui {

class SeriesSource;
class ValueBars;

/// One column in a plot of its own: its values, forecasts over them, and the line of the origin.
class ForecastLane {
 public:
  ForecastLane(QCustomPlot& plot, int row, std::string column);
  /// Takes what it drew off the plot.
  ~ForecastLane();
  ForecastLane(const ForecastLane&) = delete;
  ForecastLane& operator=(const ForecastLane&) = delete;

  const std::string& column() const { return column_; }
  QCPAxisRect& rect() { return *rect_; }
  QCPAxis& rows();
  void style();
  /// The lowest lane alone has labels of times.
  void setLabelled(bool labelled);
  void draw(const SeriesSource& source, const ForecastModels& models, double begin, double end);
  void setOrigin(double row, const QString& label);

 private:
  /// What one model's forecast is drawn with.
  struct Fan {
    std::vector<QCPGraph*> lower, upper;  ///< of each pair of quantiles, the widest first
    QCPGraph* point = nullptr;
    QCPCurve* draws = nullptr;
  };
  void drawFan(Fan& fan, const ForecastModelItem& item);
  void growFan(Fan& fan, std::size_t pairs);
  void clearFan(Fan& fan);
  void styleFan(Fan& fan, int color);
  void fitValues(const SeriesValues::Curve& curve, const ForecastModels& models, double begin,
                 double end);

  QCustomPlot& plot_;
  std::string column_;
  QCPAxisRect* rect_;
  QCPGraph* values_;
  ValueBars* bars_;  ///< in the place of values_, where rows share columns of pixels
  QCPItemStraightLine* line_;
  QCPItemText* label_;
  QCPItemText* title_;
  std::vector<Fan> fans_;  ///< of each model
};

}  // namespace orrery::ui
