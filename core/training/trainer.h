#pragma once

#include <functional>

#include "core/base/job.h"
#include "core/base/pause.h"
#include "core/training/data.h"
#include "core/training/run_folder.h"
#include "core/training/run_times.h"
#include "core/training/stepper.h"

namespace orrery::training {

/// Told of each metrics line: {"loss", "grad_norm", "learning_rate", "epoch", "step"}, and of
/// evaluations {"eval_loss", …}; each with "seconds", how long the run has worked until then.
using MetricsCallback = std::function<void(const OrderedJson& line)>;

/// The loop: steps over the training data, evaluations, checkpoints. Knows neither what the data
/// are nor what the model is. A run that was killed goes on from its newest checkpoint to the same
/// bytes.
class Trainer {
 public:
  /// All outlive the trainer.
  Trainer(const TrainingSettings& settings, const Trainable& trainable, const DataSplits& data,
          MetricsCallback onMetrics = {});

  /// Trains to the end and writes the model; returns the figures of the end: test_mse and the like.
  /// Cancelled or paused, it writes a checkpoint first. A loss or gradient that is no number is an
  /// Error, and the weights before it are kept.
  OrderedJson run(const JobContext& context, const PauseToken& pause = {});

 private:
  void begin();
  OrderedJson goOn(const JobContext& context, const PauseToken& pause);
  void rest(const JobContext& context, const PauseToken& pause);
  void step();
  void afterStep(const JobContext& context);
  void log(OrderedJson line);
  void evaluate(const JobContext& context);
  void judge(const std::map<std::string, double>& figures);
  std::map<std::string, double> measure(const DataSet& set, const std::string& prefix,
                                        const JobContext& context) const;
  void save();
  OrderedJson finish(const JobContext& context);
  bool due(const std::string& strategy, std::int64_t every) const;
  double epoch() const;

  const TrainingSettings& settings_;
  const Trainable& trainable_;
  const DataSplits& data_;
  MetricsCallback onMetrics_;
  Stepper stepper_;
  const StepCounts counts_;
  RunFolder folder_;
  RunTimes times_;
  RunState state_;
  std::int64_t savedStep_ = -1;
};

}  // namespace orrery::training
