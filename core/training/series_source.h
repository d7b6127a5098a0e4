#pragma once

#include "core/base/job.h"
#include "core/media/table/series.h"
#include "core/training/settings.h"

namespace orrery::training {

using media::table::SeriesTable;

/// Reads the columns of the settings' table that they name; all that hold numbers if they name
/// none. Missing values are dealt with as the settings say. An Error names the file and what is
/// wrong in it.
SeriesTable readSeries(const TrainingSettings& settings, const JobContext& context);

}  // namespace orrery::training
