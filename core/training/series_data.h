#pragma once

#include "core/training/data.h"
#include "core/training/series_table.h"
#include "core/training/settings.h"

namespace orrery::training {

/// Steps that one example has: those that a model sees, and those that it is to tell.
struct WindowSize {
  std::int64_t context = 0, horizon = 0;
};

/// Windows of a table at every step, split by time without a step of one part among what another
/// part is to tell, and standardised by the training rows. An Error if a part that is to have rows
/// has too few for one window.
DataSplits seriesWindows(const SeriesTable& table, const WindowSize& size,
                         const TrainingSettings& settings);

}  // namespace orrery::training
