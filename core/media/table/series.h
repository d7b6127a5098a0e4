#pragma once

#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include "core/base/job.h"
#include "core/base/json.h"

namespace orrery::media::table {

/// Series of one table: as many values as rows in each column, NaN where there is none.
struct SeriesTable {
  std::vector<std::string> names;
  std::vector<std::vector<float>> columns;
  std::vector<double> times;  ///< seconds since 1970 of each row; empty if unknown
  double step = 0;            ///< seconds between rows; 0 if unknown

  std::int64_t rows() const {
    return columns.empty() ? 0 : static_cast<std::int64_t>(columns[0].size());
  }
};

/// What is done with values that are missing.
enum class Gaps { kRefuse, kInterpolate, kZero, kMask };

/// Reads `wanted` columns (none: all columns of numbers) of a file; `how` it is to be read is
/// ReadOptions. Errors as of finishSeries().
SeriesTable readSeries(const std::filesystem::path& file, const std::vector<std::string>& wanted,
                       const Json& how, const JobContext& context);

/// Finds the step of a table that holds values and times. An Error if there are too few rows, or
/// names the place where times are not evenly spaced.
void finishSeries(SeriesTable& table);

/// Fills what is missing in `values`, of the column `name` from row `first` on, as `gaps` says;
/// what is masked becomes 0. Interpolation is linear, the ends take the nearest value there is. An
/// Error names column and row.
void fillGaps(std::span<float> values, Gaps gaps, const std::string& name, std::int64_t first);

}  // namespace orrery::media::table
