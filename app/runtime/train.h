#pragma once

#include "core/base/job.h"
#include "core/base/pause.h"
#include "core/protocol/train.h"
#include "core/training/trainer.h"

namespace orrery {

/// Reads the data and the model that `settings` name and trains.
OrderedJson trainWith(const training::TrainingSettings& settings, const JobContext& context,
                      const PauseToken& pause, const training::MetricsCallback& onMetrics);

/// Reads the same and measures a few steps. Of the engine's memory, only the table is told.
protocol::MeasureTrainingResult measureTrainingOf(const training::TrainingSettings& settings,
                                                  const JobContext& context);

}  // namespace orrery
