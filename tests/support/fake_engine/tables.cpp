#include "tests/support/fake_engine/tables.h"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace orrery::protocol {
namespace {

constexpr double kStart = 1704067200;  // 2024-01-01
constexpr int kSteps = 24;
constexpr std::int64_t kPast = 48;
constexpr double kSpread = 1;

float valueOf(const std::string& column, std::int64_t row) {
  const double turn = 2 * std::numbers::pi * static_cast<double>(row) / 24;
  return static_cast<float>(column == "load" ? 50 + 20 * std::sin(turn) : 8 + 3 * std::cos(turn));
}

Json scores(double mae) {
  Json steps = Json::array();
  for (int step = 0; step < kSteps; ++step) steps.push_back(mae + 0.1 * step);
  return {{"mae", mae},           {"mse", mae * mae},    {"mase", mae / 4},
          {"pinball", mae / 3},   {"crps", mae / 2},     {"coverage_0.8", 0.78},
          {"mae_by_step", steps}, {"mse_by_step", steps}};
}

}  // namespace

OpenTableResult openFakeTable(const OpenTableParams& params, std::int64_t rows) {
  if (params.path.find("broken") != params.path.npos)
    throw Error(ErrorKind::kInvalidInput, "{}: is empty; expected rows of cells", params.path);
  OpenTableResult result;
  result.layout = {{"encoding", "utf-8"}, {"delimiter", ","},        {"decimal", "."},
                   {"skip_rows", 0},      {"skip_after_header", 0},  {"header", true},
                   {"time_form", "ymd"},  {"time_columns", {"date"}}};
  if (params.path.ends_with(".parquet"))
    result.layout = {{"format", "parquet"}, {"time_columns", {"date"}}};
  result.layout.update(params.settings);
  result.columns = {{.name = "date", .kind = "time"},
                    {.name = "load", .kind = "number"},
                    {.name = "wind", .kind = "number"},
                    {.name = "note", .kind = "text"}};
  for (std::int64_t row = 0; row < std::min<std::int64_t>(rows, 100); ++row)
    result.preview.push_back({fmt::format("2024-01-{:02} {:02}:00", row / 24 + 1, row % 24),
                              fmt::format("{:.1f}", valueOf("load", row)),
                              fmt::format("{:.1f}", valueOf("wind", row)), "ok"});
  if (!params.whole) return result;
  result.rows = rows;
  result.firstTime = kStart;
  result.lastTime = kStart + 3600 * static_cast<double>(rows - 1);
  result.step = 3600;
  for (const std::size_t number : {std::size_t{1}, std::size_t{2}})
    result.columns[number].missing = 0;
  if (params.path.find("uneven") != params.path.npos)
    result.problems = {"Row 7: time 2024-01-01 09:00 follows 2024-01-01 05:00."};
  return result;
}

TableSeriesResult fakeSeries(const TableSeriesParams& params, std::int64_t rows,
                             RequestContext& context) {
  TableSeriesResult result{.rows = rows, .first = params.first, .start = {}, .step = 3600};
  result.count =
      params.count < 0 ? rows - params.first : std::min(params.count, rows - params.first);
  result.start = kStart + 3600 * static_cast<double>(params.first);
  const bool exact = result.count <= params.points;
  const std::int64_t points = exact ? result.count : params.points;
  std::vector<float> low, high;
  for (const std::string& column : params.columns)
    for (std::int64_t i = 0; i < points; ++i) {
      const float value = valueOf(column, result.first + result.count * i / points);
      low.push_back(exact ? value : value - 1);
      high.push_back(value + 1);
    }
  Arrays arrays;
  const auto columns = static_cast<std::int64_t>(params.columns.size());
  arrays.add(exact ? "values" : "low", {columns, points}, std::move(low));
  if (!exact) arrays.add("high", {columns, points}, std::move(high));
  result.arrays = context.sendArrays(std::move(arrays));
  return result;
}

RunPipelineResult fakeForecast(const RunPipelineParams& params, std::int64_t rows,
                               RequestContext& context) {
  const auto origin = params.options.value("origin", rows);
  if (origin < kPast)
    throw Error(ErrorKind::kInvalidInput,
                "the model looks at {} steps before what it forecasts, there are {}", kPast,
                origin);
  RunPipelineResult result{.result = {{"origin", origin}, {"series", Json::array()}},
                           .runSeconds = 0.01};
  Arrays arrays;
  const bool draws = params.options.value("trajectories", false);
  for (const std::string& column :
       params.options.value("columns", std::vector<std::string>{"load", "wind"})) {
    std::vector<double> point, low, high;
    for (std::int64_t row = origin; row < origin + kSteps; ++row) {
      point.push_back(valueOf(column, row - 24));
      low.push_back(point.back() - kSpread);
      high.push_back(point.back() + kSpread);
    }
    Json one{{"column", column},
             {"point", point},
             {"quantiles", {{"0.1", low}, {"0.5", point}, {"0.9", high}}}};
    if (draws) {
      const std::string name = "trajectories." + column;
      one["trajectories"] = {{"size", {3, kSteps}}, {"array", name}};
      arrays.add(name, {3, kSteps}, std::vector<float>(3 * kSteps, static_cast<float>(point[0])));
    }
    result.result["series"].push_back(std::move(one));
  }
  if (params.options.contains("backtest"))
    result.result["backtest"] = {{"windows", params.options.at("backtest")},
                                 {"stride", params.options.value("stride", kSteps)},
                                 {"season", params.options.value("season", 24)},
                                 {"model", scores(2)},
                                 {"seasonal_naive", scores(3)}};
  if (draws) result.arrays = context.sendArrays(std::move(arrays));
  return result;
}

}  // namespace orrery::protocol
