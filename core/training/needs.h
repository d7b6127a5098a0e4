#pragma once

#include "core/base/job.h"
#include "core/training/data.h"
#include "core/training/stepper.h"

namespace orrery::training {

/// What a run will take, found by a few steps of the real model.
struct RunNeeds {
  std::int64_t parameters = 0;
  std::int64_t weightBytes = 0, gradientBytes = 0, optimizerBytes = 0;
  std::int64_t activationBytes = 0;  ///< the most that a step holds beside all of these
  StepCounts counts;
  std::int64_t evaluations = 0;
  double secondsPerStep = 0, secondsPerEvaluation = 0;
  double totalSeconds = 0;  ///< with all evaluations and the test at the end
};

/// Takes steps for about two seconds and measures them. Writes nothing, but the parameters are not
/// what they were. An Error where a run would end in one.
RunNeeds measureNeeds(const TrainingSettings& settings, const Trainable& trainable,
                      const DataSplits& data, const JobContext& context);

}  // namespace orrery::training
