#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "core/base/json.h"
#include "core/checkpoint/safetensors.h"

namespace orrery::pipelines {

/// What is expected of one series at the steps to come.
struct SeriesForecast {
  std::string column;
  std::vector<float> point;
  std::vector<std::vector<float>> quantiles;  ///< of each level; empty if the model has none
  std::vector<float> trajectories;            ///< [count, steps], if they were asked for
  std::vector<std::optional<float>> truth;    ///< what the table has of these steps
};

/// Scores of forecasts over many origins.
struct Scores {
  /// "mse", "mae", "mase", "pinball", "crps", and "coverage_0.8" and the like: which share of
  /// values lies within the quantiles 0.1 to 0.9.
  std::map<std::string, double> values;
  std::vector<double> maeByStep, mseByStep;  ///< of the first step, the second, …
};

/// How the model would have done, beside seasonal-naive: the value of one season before.
struct Backtest {
  std::int64_t windows = 0, stride = 0, season = 1;
  Scores model, seasonalNaive;
  std::map<std::string, double> maeByColumn;
};

/// time-series-forecasting: forecasts from one origin.
struct Forecast {
  std::int64_t origin = 0;         ///< the row, from 0, that is forecast first
  std::vector<std::string> times;  ///< of the steps; empty if the input has none
  std::vector<double> levels;      ///< of the quantiles
  std::vector<SeriesForecast> series;
  std::optional<Backtest> backtest;

  /// Trajectories go into `apart` if that is given, as "trajectories.<column>" of [trajectories,
  /// steps]; the document then has their size and this name.
  OrderedJson toJson(checkpoint::NamedTensors* apart = nullptr) const;
};

}  // namespace orrery::pipelines
