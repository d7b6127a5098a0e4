#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/base/job.h"
#include "core/training/settings.h"

namespace orrery::training {

/// Columns of numbers of a table, all of one length.
struct SeriesTable {
  std::vector<std::string> names;
  std::vector<std::vector<float>> columns;

  std::int64_t rows() const {
    return columns.empty() ? 0 : static_cast<std::int64_t>(columns.front().size());
  }
};

/// Reads the columns of the settings' table that they name; all that hold numbers if they name
/// none. An Error names the file and what is wrong in it: a column that is not there or holds no
/// numbers, a value that is missing.
SeriesTable readSeries(const TrainingSettings& settings, const JobContext& context);

}  // namespace orrery::training
