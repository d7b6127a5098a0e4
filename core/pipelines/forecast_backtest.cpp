#include "core/pipelines/forecast_backtest.h"

#include <algorithm>
#include <cmath>

#include "core/base/progress.h"
#include "core/media/table/calendar.h"
#include "core/pipelines/forecast_metrics.h"

namespace orrery::pipelines {
namespace {

/// Windows that go through the model at once.
constexpr std::int64_t kBatch = 16;

/// The value one season before, of the last season that is known at `origin`.
double seasonalNaive(const ForecastWindows& windows, std::int64_t series, std::int64_t origin,
                     std::int64_t step, std::int64_t season) {
  const std::int64_t back = season * (step / season + 1);
  return origin + step < back ? std::nan("") : windows.truth(series, origin + step - back);
}

/// Mean |y[t] - y[t - season]| before the first origin: what MASE divides by.
std::vector<double> naiveScales(const ForecastWindows& windows, std::int64_t origin,
                                std::int64_t season) {
  std::vector<double> result;
  for (std::int64_t series = 0; series < windows.series(); ++series) {
    double sum = 0, count = 0;
    for (std::int64_t row = season; row < origin; ++row) {
      const double change =
          std::abs(windows.truth(series, row) - windows.truth(series, row - season));
      if (std::isfinite(change)) sum += change, ++count;
    }
    result.push_back(count == 0 ? 0 : sum / count);
  }
  return result;
}

std::vector<std::int64_t> originsOf(const ForecastWindows& windows, const ForecastOptions& options,
                                    std::int64_t stride) {
  const std::int64_t last = windows.rows() - windows.horizon();
  const std::int64_t first = last - (options.backtest - 1) * stride;
  if (first < windows.firstOrigin())
    throw Error(ErrorKind::kInvalidInput,
                "options.backtest: {} origins {} steps apart need {} rows, there are {}",
                options.backtest, stride,
                windows.firstOrigin() + (options.backtest - 1) * stride + windows.horizon(),
                windows.rows());
  std::vector<std::int64_t> origins;
  for (std::int64_t origin = first; origin <= last; origin += stride) origins.push_back(origin);
  return origins;
}

/// Collects what came of windows.
class Comparison {
 public:
  Comparison(const ForecastWindows& windows, const ForecastOptions& options,
             const std::vector<double>& levels, std::int64_t season, std::int64_t firstOrigin)
      : windows_(windows),
        scaled_(options.scaledScores),
        season_(season),
        scales_(naiveScales(windows, firstOrigin, season)),
        model_(levels, windows.horizon()),
        naive_(levels, windows.horizon()) {
    for (std::int64_t i = 0; i < windows.series(); ++i)
      byColumn_.emplace_back(std::vector<double>{}, windows.horizon());
  }

  void add(std::int64_t origin, std::int64_t window, const WindowForecast& forecast) {
    for (std::int64_t series = 0; series < windows_.series(); ++series)
      for (std::int64_t step = 0; step < windows_.horizon(); ++step)
        addValue(origin, window, series, step, forecast);
  }

  void fill(Backtest& backtest) const {
    backtest.model = model_.scores();
    backtest.seasonalNaive = naive_.scores();
    for (std::size_t i = 0; i < byColumn_.size(); ++i)
      backtest.maeByColumn[windows_.name(static_cast<std::int64_t>(i))] =
          byColumn_[i].scores().values.at("mae");
  }

 private:
  void addValue(std::int64_t origin, std::int64_t window, std::int64_t series, std::int64_t step,
                const WindowForecast& forecast) {
    const double came = windows_.truth(series, origin + step);
    const double before = seasonalNaive(windows_, series, origin, step, season_);
    if (!std::isfinite(came) || !std::isfinite(before)) return;  // both see the same values
    const double truth = shown(series, came), naive = shown(series, before);
    const double scale = scales_[static_cast<std::size_t>(series)] *
                         (scaled_ ? windows_.scaled(series, 1) - windows_.scaled(series, 0) : 1);
    auto quantiles = forecast.quantiles(window, series, step);
    auto draws = forecast.draws(window, series, step);
    for (auto* values : {&quantiles, &draws})
      for (float& value : *values) value = static_cast<float>(fromModel(series, value));
    const double point = fromModel(series, forecast.point(window, series, step));
    model_.add(step, truth, point, quantiles, std::move(draws), scale);
    naive_.add(step, truth, naive, {}, {}, scale);
    byColumn_[static_cast<std::size_t>(series)].add(step, truth, point, {}, {}, 0);
  }

  double shown(std::int64_t series, double value) const {
    return scaled_ ? windows_.scaled(series, value) : value;
  }
  double fromModel(std::int64_t series, double value) const {
    return scaled_ ? value : windows_.unscaled(series, value);
  }

  const ForecastWindows& windows_;
  bool scaled_;
  std::int64_t season_;
  std::vector<double> scales_;
  ScoreKeeper model_, naive_;
  std::vector<ScoreKeeper> byColumn_;
};

}  // namespace

std::int64_t WindowForecast::offset(const at::Tensor& one, std::int64_t window, std::int64_t which,
                                    std::int64_t step) const {
  if (together) return window * one.stride(0) + step * one.stride(1) + which * one.stride(2);
  return (window * series + which) * one.stride(0) + step * one.stride(1);
}

float WindowForecast::point(std::int64_t window, std::int64_t which, std::int64_t step) const {
  return tensors.point.data_ptr<float>()[offset(tensors.point, window, which, step)];
}

std::vector<float> WindowForecast::column(const at::Tensor& many, std::int64_t window,
                                          std::int64_t which, std::int64_t step) const {
  std::vector<float> result;
  for (std::int64_t i = 0; many.defined() && i < many.size(0); ++i) {
    const at::Tensor one = many.select(0, i);
    result.push_back(one.data_ptr<float>()[offset(one, window, which, step)]);
  }
  return result;
}

std::vector<float> WindowForecast::quantiles(std::int64_t window, std::int64_t which,
                                             std::int64_t step) const {
  return column(tensors.quantiles, window, which, step);
}

std::vector<float> WindowForecast::draws(std::int64_t window, std::int64_t which,
                                         std::int64_t step) const {
  return column(tensors.draws, window, which, step);
}

Backtest runBacktest(const ForecastWindows& windows, const ForecastModel& model,
                     const ForecastOptions& options, const ForecastQuestion& question,
                     const JobContext& context) {
  Backtest result;
  result.stride = options.stride > 0 ? options.stride : windows.horizon();
  result.season = options.season > 0 ? options.season : media::table::usualSeason(windows.step());
  const auto origins = originsOf(windows, options, result.stride);
  result.windows = static_cast<std::int64_t>(origins.size());
  Comparison comparison(windows, options, question.levels, result.season, origins.front());
  ProgressMeter meter("forecasting", "windows", static_cast<double>(origins.size()),
                      context.progress);
  for (std::size_t begin = 0; begin < origins.size(); begin += kBatch) {
    context.cancel.throwIfCancelled();
    const std::vector<std::int64_t> some(
        origins.begin() + static_cast<std::ptrdiff_t>(begin),
        origins.begin() + static_cast<std::ptrdiff_t>(std::min(begin + kBatch, origins.size())));
    const ForecastTensors tensors = model.forecast(windows.inputs(some), question);
    const WindowForecast forecast{tensors, windows.series(), model.variates() > 0};
    for (std::size_t i = 0; i < some.size(); ++i)
      comparison.add(some[i], static_cast<std::int64_t>(i), forecast);
    meter.advanceTo(static_cast<double>(begin + some.size()));
  }
  meter.finish();
  comparison.fill(result);
  return result;
}

}  // namespace orrery::pipelines
