#include "core/training/series_source.h"

#include <algorithm>

#include "core/base/error.h"

namespace orrery::training {
namespace {

using media::table::Gaps;

Gaps gapsOf(const TrainingSettings& settings) {
  return settings.gaps == "refuse" ? Gaps::kRefuse
         : settings.gaps == "zero" ? Gaps::kZero
                                   : Gaps::kInterpolate;
}

/// Puts the column behind all others.
void moveBehind(SeriesTable& table, const std::string& name) {
  const auto found = std::ranges::find(table.names, name);
  if (found == table.names.end())
    throw Error(ErrorKind::kNotFound, "there is no column of numbers {}", orrery::quoted(name))
        .in("covariates");
  const auto column = table.columns.begin() + (found - table.names.begin());
  std::rotate(column, column + 1, table.columns.end());
  std::rotate(found, found + 1, table.names.end());
}

SeriesTable readColumns(const TrainingSettings& settings, const JobContext& context) {
  std::vector<std::string> wanted = settings.valueColumns;
  if (!wanted.empty())
    wanted.insert(wanted.end(), settings.covariates.begin(), settings.covariates.end());
  auto table = media::table::readSeries(settings.trainFile, wanted,
                                        Json::parse(settings.table.dump()), context);
  if (wanted.empty())
    for (const std::string& name : settings.covariates) moveBehind(table, name);
  return table;
}

/// Rows behind the last value of all `values` first columns are there for the covariates.
void cutTail(SeriesTable& table, std::size_t values) {
  auto rows = static_cast<std::size_t>(table.rows());
  const auto empty = [&](std::size_t row) {
    return std::none_of(table.columns.begin(),
                        table.columns.begin() + static_cast<std::ptrdiff_t>(values),
                        [row](const auto& column) { return std::isfinite(column[row]); });
  };
  while (rows > 0 && empty(rows - 1)) --rows;
  for (auto& column : table.columns) column.resize(rows);
  if (!table.times.empty()) table.times.resize(rows);
}

void requireNumbers(const SeriesTable& table, std::size_t values) {
  if (values == 0) throw Error(ErrorKind::kInvalidInput, "no column holds numbers");
  for (std::size_t i = 0; i < table.columns.size(); ++i)
    if (std::ranges::none_of(table.columns[i], [](float x) { return std::isfinite(x); }))
      throw Error(ErrorKind::kInvalidInput, "holds no numbers")
          .in("column " + orrery::quoted(table.names[i]));
}

/// Forecasts need covariates in every row, so training does.
void requireWhole(const std::vector<float>& covariate, const std::string& name) {
  const auto gap = std::ranges::find_if(covariate, [](float x) { return !std::isfinite(x); });
  if (gap != covariate.end())
    throw Error(ErrorKind::kInvalidInput,
                "column {}: a covariate needs a value in each row with values, row {} has none",
                orrery::quoted(name), gap - covariate.begin() + 1);
}

}  // namespace

std::int64_t valueCount(const SeriesTable& table, const TrainingSettings& settings) {
  return static_cast<std::int64_t>(table.columns.size() - settings.covariates.size());
}

SeriesTable readSeries(const TrainingSettings& settings, const JobContext& context) {
  return withContext(settings.trainFile, [&] {
    auto table = readColumns(settings, context);
    const auto values = static_cast<std::size_t>(valueCount(table, settings));
    requireNumbers(table, values);
    cutTail(table, values);
    for (std::size_t i = 0; i < values; ++i)
      media::table::fillGaps(table.columns[i], gapsOf(settings), table.names[i], 0);
    for (std::size_t i = values; i < table.columns.size(); ++i)
      requireWhole(table.columns[i], table.names[i]);
    return table;
  });
}

}  // namespace orrery::training
