#pragma once

#include "core/base/job.h"
#include "core/training/trainer.h"

namespace orrery {

/// Reads the data and the model that `settings` name and trains.
OrderedJson trainWith(const training::TrainingSettings& settings, const JobContext& context,
                      const training::MetricsCallback& onMetrics);

}  // namespace orrery
