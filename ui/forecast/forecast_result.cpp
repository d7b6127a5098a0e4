#include "ui/forecast/forecast_result.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <limits>

#include "core/base/error.h"

namespace orrery::ui {
namespace {

// A list of numbers in which null stands for none.
std::vector<double> numbersOf(const JsonField& field) {
  std::vector<double> numbers;
  for (const JsonField& element : field.elements())
    numbers.push_back(element.json().is_null() ? std::numeric_limits<double>::quiet_NaN()
                                               : element.as<double>());
  return numbers;
}

void readQuantiles(const JsonField& field, ColumnForecast& forecast) {
  for (const auto& [level, values] : field.json().items()) {
    forecast.quantiles.emplace_back(std::strtod(level.c_str(), nullptr), numbersOf(field[level]));
    if (forecast.quantiles.back().second.size() != forecast.point.size())
      throw field[level].error("expected as many values as \"point\" has");
  }
  std::ranges::sort(forecast.quantiles, {}, [](const auto& one) { return one.first; });
}

void readDraws(const JsonField& field, const std::shared_ptr<const protocol::Arrays>& arrays,
               ColumnForecast& forecast) {
  const auto name = field.require<std::string>("array");
  if (!arrays) throw field.error("no arrays came with it");
  const auto& all = arrays->at(name, 2);
  const auto steps = static_cast<std::size_t>(all.shape[1]);
  for (std::size_t begin = 0; steps > 0 && begin + steps <= all.values.size(); begin += steps)
    forecast.draws.emplace_back(all.values.begin() + static_cast<std::ptrdiff_t>(begin),
                                all.values.begin() + static_cast<std::ptrdiff_t>(begin + steps));
}

ForecastScores readScores(const JsonField& field) {
  ForecastScores scores;
  for (const auto& [name, value] : field.json().items())
    if (value.is_number()) scores.values[name] = value.get<double>();
  scores.maeByStep = numbersOf(field["mae_by_step"]);
  scores.mseByStep = numbersOf(field["mse_by_step"]);
  return scores;
}

BacktestResult readBacktest(const JsonField& field) {
  return {.windows = field.require<int>("windows"),
          .stride = field.require<int>("stride"),
          .season = field.require<int>("season"),
          .model = readScores(field["model"]),
          .naive = readScores(field["seasonal_naive"])};
}

}  // namespace

const ColumnForecast* ForecastResult::of(const std::string& column) const {
  const auto found = std::ranges::find(series, column, &ColumnForecast::column);
  return found == series.end() ? nullptr : &*found;
}

ForecastResult readForecast(const Json& document,
                            const std::shared_ptr<const protocol::Arrays>& arrays) {
  const JsonField fields(document, "result");
  ForecastResult result;
  result.origin = fields.require<std::int64_t>("origin");
  if (const auto times = fields.find("times"))
    for (const auto& time : times->as<std::vector<std::string>>())
      result.times += QString::fromStdString(time);
  for (const JsonField& one : fields["series"].elements()) {
    ColumnForecast forecast;
    forecast.column = one.require<std::string>("column");
    forecast.point = numbersOf(one["point"]);
    if (const auto quantiles = one.find("quantiles")) readQuantiles(*quantiles, forecast);
    if (const auto draws = one.find("trajectories")) readDraws(*draws, arrays, forecast);
    result.series.push_back(std::move(forecast));
  }
  if (const auto backtest = fields.find("backtest")) result.backtest = readBacktest(*backtest);
  return result;
}

}  // namespace orrery::ui
