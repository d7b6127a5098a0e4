#pragma once

#include "core/media/table/series.h"
#include "core/pipelines/input.h"

namespace orrery::pipelines {

using media::table::Gaps;
using media::table::SeriesTable;

/// Reads `wanted` columns (none: all columns of numbers) of the input, a file or values. `table` is
/// how a file is to be read. An Error names the place where times are not in order or not evenly
/// spaced.
SeriesTable readSeries(const Series& input, const std::vector<std::string>& wanted,
                       const Json& table, const JobContext& context);

}  // namespace orrery::pipelines
