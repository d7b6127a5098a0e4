#include "core/training/needs.h"

#include <c10/core/Allocator.h>
#include <c10/util/ThreadLocalDebugInfo.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <mutex>

#include "core/training/run_layout.h"

namespace orrery::training {
namespace {

using Clock = std::chrono::steady_clock;

constexpr double kSeconds = 2;  // of steps; and at most half as much of evaluation
constexpr int kMostSteps = 20;

/// Counts what tensors take and give back in this thread, and in those that work for it.
class TensorMemory : public c10::MemoryReportingInfoBase {
 public:
  void reportMemoryUsage(void*, std::int64_t bytes, std::size_t, std::size_t,
                         c10::Device) override {
    const std::lock_guard lock(mutex_);
    now_ += bytes;
    most_ = std::max(most_, now_);
  }
  bool memoryProfilingEnabled() const override { return true; }
  std::int64_t most() const { return most_; }

 private:
  std::mutex mutex_;
  std::int64_t now_ = 0, most_ = 0;
};

/// The most that tensors made by `body` take at one time.
template <class Body>
std::int64_t mostHeldBy(Body&& body) {
  const auto memory = std::make_shared<TensorMemory>();
  {
    const c10::DebugInfoGuard guard(c10::DebugInfoKind::PROFILER_STATE, memory);
    body();
  }
  return memory->most();
}

std::int64_t bytesOf(const std::vector<nn::Parameters::Entry>& entries) {
  std::int64_t bytes = 0;
  for (const auto& entry : entries) bytes += static_cast<std::int64_t>(entry.value.nbytes());
  return bytes;
}

/// The median time of what `body(i)` does, done until `limit` seconds are over.
template <class Body>
double medianSeconds(double limit, std::int64_t most, const JobContext& context, Body&& body) {
  std::vector<double> times;
  const auto began = Clock::now();
  for (std::int64_t i = 0; i < most; ++i) {
    context.cancel.throwIfCancelled();
    const auto start = Clock::now();
    body(i);
    const auto now = Clock::now();
    times.push_back(std::chrono::duration<double>(now - start).count());
    if (std::chrono::duration<double>(now - began).count() > limit) break;
  }
  if (times.empty()) return 0;
  const auto middle = times.begin() + static_cast<std::ptrdiff_t>(times.size() / 2);
  std::nth_element(times.begin(), middle, times.end());
  return *middle;
}

double secondsToEvaluate(const TrainingSettings& settings, const Trainable& trainable,
                         const DataSet& set, const JobContext& context) {
  const std::int64_t batches = (set.size() + settings.evalBatch - 1) / settings.evalBatch;
  Totals totals;
  return static_cast<double>(batches) *
         medianSeconds(kSeconds / 4, std::min<std::int64_t>(batches, kMostSteps), context,
                       [&](std::int64_t i) {
                         evaluateBatch(trainable, set, i * settings.evalBatch, settings.evalBatch,
                                       totals);
                       });
}

std::int64_t evaluationsOf(const TrainingSettings& settings, const StepCounts& counts) {
  const std::int64_t every = settings.evalStrategy == "epoch" ? counts.stepsPerEpoch
                             : settings.evalSteps > 0         ? settings.evalSteps
                                                              : settings.loggingSteps;
  if (settings.evalStrategy == "no") return 0;
  const bool rest = settings.evalStrategy == "epoch" && counts.steps % every != 0;
  return counts.steps / every + (rest ? 1 : 0);
}

}  // namespace

RunNeeds measureNeeds(const TrainingSettings& settings, const Trainable& trainable,
                      const DataSplits& data, const JobContext& context) {
  startingPoint(settings);
  requireEvaluable(settings, data);
  Stepper stepper(settings, trainable, *data.train);
  RunNeeds needs{.counts = stepper.counts()};
  needs.weightBytes = bytesOf(trainable.tensors());
  needs.gradientBytes = bytesOf(trainable.parameters->trained());
  needs.optimizerBytes = bytesOf(stepper.optimizer().state());
  for (const auto& entry : trainable.parameters->trained()) needs.parameters += entry.value.numel();
  needs.evaluations = evaluationsOf(settings, needs.counts);
  // The first step, which also warms up, is the one whose memory is counted.
  const std::int64_t most = mostHeldBy([&] { stepper.take(0); });
  needs.activationBytes = std::max<std::int64_t>(0, most - needs.gradientBytes);
  needs.secondsPerStep =
      medianSeconds(kSeconds, std::min<std::int64_t>(needs.counts.stepsPerEpoch, kMostSteps),
                    context, [&](std::int64_t i) { stepper.take(i); });
  if (needs.evaluations > 0)
    needs.secondsPerEvaluation = secondsToEvaluate(settings, trainable, *data.evaluation, context);
  needs.totalSeconds = needs.secondsPerStep * static_cast<double>(needs.counts.steps) +
                       needs.secondsPerEvaluation * static_cast<double>(needs.evaluations);
  if (data.test->size() > 0)
    needs.totalSeconds += secondsToEvaluate(settings, trainable, *data.test, context);
  return needs;
}

}  // namespace orrery::training
