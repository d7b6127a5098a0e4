#pragma once

#include <QString>
#include <QStringList>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "core/base/json.h"
#include "core/protocol/arrays.h"

namespace orrery::ui {

/// What a model expects of one column at the steps from the origin on.
struct ColumnForecast {
  std::string column;
  std::vector<double> point;
  std::vector<std::pair<double, std::vector<double>>> quantiles;  ///< by level, ascending
  std::vector<std::vector<double>> draws;                         ///< futures that it drew
};

/// Scores over many origins: "mae", "coverage_0.8", …, and by the step.
struct ForecastScores {
  std::map<std::string, double> values;
  std::vector<double> maeByStep, mseByStep;
};

/// A model beside seasonal-naive.
struct BacktestResult {
  int windows = 0, stride = 0, season = 0;
  ForecastScores model, naive;
};

struct ForecastResult {
  std::int64_t origin = 0;  ///< row
  QStringList times;        ///< of the steps; empty if the table has none
  std::vector<ColumnForecast> series;
  std::optional<BacktestResult> backtest;
  double seconds = 0;  ///< that it took

  /// Null if that column was not forecast.
  const ColumnForecast* of(const std::string& column) const;
  int steps() const { return series.empty() ? 0 : static_cast<int>(series[0].point.size()); }
};

/// Reads what time-series-forecasting answers. Throws an Error that names the field.
ForecastResult readForecast(const Json& document,
                            const std::shared_ptr<const protocol::Arrays>& arrays);

}  // namespace orrery::ui
