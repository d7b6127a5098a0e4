#include "core/pipelines/forecast.h"

#include <cmath>

namespace orrery::pipelines {
namespace {

OrderedJson numberOf(double value) {
  return std::isfinite(value) ? OrderedJson(value) : OrderedJson();
}

OrderedJson write(const Scores& scores) {
  OrderedJson json = OrderedJson::object();
  for (const auto& [name, value] : scores.values) json[name] = numberOf(value);
  json["mae_by_step"] = scores.maeByStep;
  json["mse_by_step"] = scores.mseByStep;
  return json;
}

OrderedJson write(const Backtest& backtest) {
  OrderedJson json{{"windows", backtest.windows},
                   {"stride", backtest.stride},
                   {"season", backtest.season},
                   {"model", write(backtest.model)},
                   {"seasonal_naive", write(backtest.seasonalNaive)},
                   {"mae_by_column", OrderedJson::object()}};
  for (const auto& [column, mae] : backtest.maeByColumn)
    json["mae_by_column"][column] = numberOf(mae);
  return json;
}

/// Rows of `steps` values.
OrderedJson rowsOf(const std::vector<float>& values, std::size_t steps) {
  OrderedJson rows = OrderedJson::array();
  for (std::size_t i = 0; i + steps <= values.size(); i += steps)
    rows.push_back(std::vector<float>(values.begin() + static_cast<std::ptrdiff_t>(i),
                                      values.begin() + static_cast<std::ptrdiff_t>(i + steps)));
  return rows;
}

OrderedJson write(const SeriesForecast& series, const std::vector<double>& levels,
                  checkpoint::NamedTensors* apart) {
  OrderedJson json{{"column", series.column}, {"point", series.point}};
  for (std::size_t i = 0; i < series.quantiles.size(); ++i)
    json["quantiles"][fmt::format("{}", levels[i])] = series.quantiles[i];
  const std::size_t steps = series.point.size();
  if (!series.trajectories.empty() && !apart)
    json["trajectories"] = rowsOf(series.trajectories, steps);
  if (!series.trajectories.empty() && apart) {
    const std::vector<std::int64_t> shape{
        static_cast<std::int64_t>(series.trajectories.size() / steps),
        static_cast<std::int64_t>(steps)};
    const std::string name = "trajectories." + series.column;
    apart->emplace_back(
        name, checkpoint::TensorView{.dtype = checkpoint::DType::kF32,
                                     .shape = shape,
                                     .data = std::as_bytes(std::span(series.trajectories)),
                                     .owner = nullptr});
    json["trajectories"] = {{"size", shape}, {"array", name}};
  }
  if (series.truth.empty()) return json;
  json["truth"] = OrderedJson::array();
  for (const auto& value : series.truth)
    json["truth"].push_back(value ? OrderedJson(*value) : OrderedJson());
  return json;
}

}  // namespace

OrderedJson Forecast::toJson(checkpoint::NamedTensors* apart) const {
  OrderedJson json{{"origin", origin}};
  if (!times.empty()) json["times"] = times;
  json["series"] = OrderedJson::array();
  for (const SeriesForecast& one : series) json["series"].push_back(write(one, levels, apart));
  if (backtest) json["backtest"] = write(*backtest);
  return json;
}

}  // namespace orrery::pipelines
