#pragma once

#include "core/pipelines/forecast.h"
#include "core/pipelines/forecast_windows.h"

namespace orrery::pipelines {

/// Values [batch] of one window in the order of the series, whichever way the model forecast them.
struct WindowForecast {
  const ForecastTensors& tensors;
  std::int64_t series;  ///< how many
  bool together;        ///< whether these are variates of one window

  float point(std::int64_t window, std::int64_t which, std::int64_t step) const;
  std::vector<float> quantiles(std::int64_t window, std::int64_t which, std::int64_t step) const;
  std::vector<float> draws(std::int64_t window, std::int64_t which, std::int64_t step) const;

 private:
  std::int64_t offset(const at::Tensor& one, std::int64_t window, std::int64_t which,
                      std::int64_t step) const;
  std::vector<float> column(const at::Tensor& many, std::int64_t window, std::int64_t which,
                            std::int64_t step) const;
};

/// Forecasts from `options.backtest` origins before the end, `options.stride` apart, and scores
/// them beside seasonal-naive. An Error if there are fewer rows than that takes.
Backtest runBacktest(const ForecastWindows& windows, const ForecastModel& model,
                     const ForecastOptions& options, const ForecastQuestion& question,
                     const JobContext& context);

}  // namespace orrery::pipelines
