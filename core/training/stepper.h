#pragma once

#include <vector>

#include "core/nn/training_pass.h"
#include "core/training/data.h"
#include "core/training/optimizer.h"
#include "core/training/schedule.h"
#include "core/training/trainable.h"

namespace orrery::training {

/// How many steps a run takes over its data.
struct StepCounts {
  std::int64_t batches = 0, stepsPerEpoch = 0, steps = 0;
};

/// Takes the steps of a run. Which examples a step sees, with which random numbers and at which
/// rate, follows from the settings and the number of the step alone. Writes nothing.
class Stepper {
 public:
  /// All outlive the stepper.
  Stepper(const TrainingSettings& settings, const Trainable& trainable, const DataSet& data);

  struct Taken {
    double loss = 0, gradientNorm = 0, learningRate = 0;
    /// False if the loss or gradient is no number; the parameters are as they were then.
    bool isNumber() const;
  };
  /// Step `step`, counted from 0.
  Taken take(std::int64_t step);
  const StepCounts& counts() const { return counts_; }
  Optimizer& optimizer() { return optimizer_; }

 private:
  double backward(std::span<const std::int64_t> examples, double share,
                  const nn::TrainingPass& pass);
  std::vector<std::int64_t> order(std::int64_t epoch) const;

  const TrainingSettings& settings_;
  const Trainable& trainable_;
  const DataSet& data_;
  Optimizer optimizer_;
  StepCounts counts_;
  Schedule schedule_;
  std::int64_t orderedEpoch_ = -1;
  std::vector<std::int64_t> order_;
};

/// An Error if the run is to be evaluated on a part of the data that has nothing.
void requireEvaluable(const TrainingSettings& settings, const DataSplits& data);

/// The loss of examples from `first` on, of at most `most`, summed; adds what they are worth to
/// `totals`.
double evaluateBatch(const Trainable& trainable, const DataSet& set, std::int64_t first,
                     std::int64_t most, Totals& totals);

}  // namespace orrery::training
