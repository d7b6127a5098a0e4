#pragma once

#include "core/base/job.h"
#include "core/media/table/series.h"
#include "core/training/settings.h"

namespace orrery::training {

using media::table::SeriesTable;

/// Reads the columns of values that the settings name, all others that hold numbers if they name
/// none, and behind these their covariates, as far as there are values. What is missing of these is
/// dealt with as the settings say, of covariates refused. An Error names the file and what is wrong
/// in it.
SeriesTable readSeries(const TrainingSettings& settings, const JobContext& context);

/// How many columns of such a table are values: the first ones.
std::int64_t valueCount(const SeriesTable& table, const TrainingSettings& settings);

}  // namespace orrery::training
