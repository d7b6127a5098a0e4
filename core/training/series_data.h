#pragma once

#include "core/training/data.h"
#include "core/training/series_form.h"

namespace orrery::training {

/// Windows of a table at every step, split by time without a step of one part among what another
/// part is to tell, and standardised by the training rows. An Error if a part that is to have rows
/// has too few for one window.
DataSplits seriesWindows(const SeriesTable& table, const SeriesForm& form,
                         const TrainingSettings& settings);

}  // namespace orrery::training
