#include <algorithm>
#include <cmath>

#include "core/media/table/times.h"
#include "core/pipelines/forecast_backtest.h"
#include "core/pipelines/task_registry.h"

namespace orrery::pipelines {
namespace {

/// The levels, in order.
std::vector<double> levelsOf(const ForecastOptions& options) {
  const Json plain(options.quantiles);
  const JsonField field(plain, "options.quantiles");
  auto levels = field.as<std::vector<double>>();
  std::sort(levels.begin(), levels.end());
  for (const double level : levels)
    if (!(level > 0 && level < 1))
      throw field.error(fmt::format("expected numbers between 0 and 1, found {}", level));
  return levels;
}

class TimeSeriesForecasting : public Pipeline {
 public:
  explicit TimeSeriesForecasting(PipelineParts parts) : model_(forecastModel(std::move(parts))) {}

  Result run(const Input& input, const Options& given, const JobContext& context) const override {
    const auto options = readOptions<ForecastOptions>(given);
    const ForecastWindows windows(input, options, *model_, reader_, context);
    const ForecastQuestion question{.levels = levelsOf(options),
                                    .draws = options.samples,
                                    .seed = static_cast<std::uint64_t>(options.seed)};
    Forecast forecast;
    forecast.origin = windows.origin();
    for (const double time : windows.times(windows.origin()))
      forecast.times.push_back(media::table::timeText(time));
    context.cancel.throwIfCancelled();
    const ForecastTensors tensors = model_->forecast(windows.inputs({windows.origin()}), question);
    if (tensors.quantiles.defined()) forecast.levels = question.levels;
    const WindowForecast values{tensors, windows.series(), model_->variates() > 0};
    for (std::int64_t series = 0; series < windows.series(); ++series)
      forecast.series.push_back(oneSeries(windows, values, series, options.trajectories));
    if (options.backtest > 0)
      forecast.backtest = runBacktest(windows, *model_, options, question, context);
    return forecast;
  }

 private:
  static SeriesForecast oneSeries(const ForecastWindows& windows, const WindowForecast& values,
                                  std::int64_t series, bool trajectories) {
    const auto steps = static_cast<std::size_t>(windows.horizon());
    SeriesForecast result;
    result.column = windows.name(series);
    std::vector<std::vector<float>> draws;
    for (std::int64_t step = 0; step < windows.horizon(); ++step) {
      const auto back = [&](float value) {
        return static_cast<float>(windows.unscaled(series, value));
      };
      result.point.push_back(back(values.point(0, series, step)));
      const auto quantiles = values.quantiles(0, series, step);
      result.quantiles.resize(quantiles.size());
      for (std::size_t i = 0; i < quantiles.size(); ++i)
        result.quantiles[i].push_back(back(quantiles[i]));
      if (trajectories) {
        const auto drawn = values.draws(0, series, step);
        result.trajectories.resize(drawn.size() * steps);
        for (std::size_t i = 0; i < drawn.size(); ++i)
          result.trajectories[i * steps + static_cast<std::size_t>(step)] = back(drawn[i]);
      }
      if (const double came = windows.truth(series, windows.origin() + step); std::isfinite(came)) {
        result.truth.resize(static_cast<std::size_t>(step) + 1);
        result.truth.back() = static_cast<float>(came);
      }
    }
    return result;
  }

  std::unique_ptr<ForecastModel> model_;
  mutable SeriesReader reader_;
};

}  // namespace

void addTimeSeriesForecasting(TaskRegistry& registry) {
  registry.add({.name = "time-series-forecasting",
                .aliases = {"forecasting"},
                .description = "How series of numbers go on: points, quantiles and trajectories",
                .classEndings = {"ForPrediction"},
                .modelTypes = {"autoformer", "informer", "patchtsmixer", "patchtst",
                               "time_series_transformer", "timesfm"},
                .options = describeOptions<ForecastOptions>(),
                .make = [](PipelineParts parts) {
                  return std::make_unique<TimeSeriesForecasting>(std::move(parts));
                }});
}

}  // namespace orrery::pipelines
