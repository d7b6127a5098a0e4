#include "core/training/stepper.h"

#include <ATen/CPUGeneratorImpl.h>
#include <ATen/autocast_mode.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "core/base/error.h"

namespace orrery::training {
namespace {

/// Products of matrices in bfloat16 while it lives.
class Bfloat16Products {
 public:
  explicit Bfloat16Products(bool wanted) : wanted_(wanted) {
    if (!wanted_) return;
    at::autocast::set_autocast_dtype(at::kCPU, at::kBFloat16);
    at::autocast::set_autocast_enabled(at::kCPU, true);
  }
  ~Bfloat16Products() {
    if (!wanted_) return;
    at::autocast::clear_cache();
    at::autocast::set_autocast_enabled(at::kCPU, false);
  }
  Bfloat16Products(const Bfloat16Products&) = delete;
  Bfloat16Products& operator=(const Bfloat16Products&) = delete;

 private:
  bool wanted_;
};

/// Random numbers of one purpose at one place of a run: they follow from the seed, so that a run
/// which goes on draws what it would have drawn.
at::Generator generatorFor(std::int64_t seed, std::uint64_t purpose, std::int64_t place) {
  std::uint64_t x = static_cast<std::uint64_t>(seed) * 0x9E3779B97F4A7C15u + purpose;
  x ^= static_cast<std::uint64_t>(place) + 0x9E3779B97F4A7C15u + (x << 6) + (x >> 2);
  x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9u;
  return at::detail::createCPUGenerator(x ^ (x >> 31));
}

constexpr std::uint64_t kOrder = 1, kDropout = 2;

StepCounts countSteps(const TrainingSettings& settings, std::int64_t examples) {
  const auto parts = [](std::int64_t whole, std::int64_t size) {
    return (whole + size - 1) / size;
  };
  StepCounts counts;
  counts.batches = parts(examples, settings.trainBatch);
  counts.stepsPerEpoch = parts(counts.batches, settings.accumulation);
  counts.steps = settings.maxSteps > 0
                     ? settings.maxSteps
                     : static_cast<std::int64_t>(std::ceil(
                           settings.numTrainEpochs * static_cast<double>(counts.stepsPerEpoch)));
  return counts;
}

Schedule scheduleOf(const TrainingSettings& settings, std::int64_t steps) {
  const auto share = [&](double part) {
    return static_cast<std::int64_t>(std::ceil(part * static_cast<double>(steps)));
  };
  const double warmup = settings.warmupSteps;
  return {settings.lrSchedulerType, steps,
          warmup >= 1  ? static_cast<std::int64_t>(warmup)
          : warmup > 0 ? share(warmup)
                       : share(settings.warmupRatio)};
}

}  // namespace

Stepper::Stepper(const TrainingSettings& settings, const Trainable& trainable, const DataSet& data)
    : settings_(settings),
      trainable_(trainable),
      data_(data),
      optimizer_(*trainable.parameters, settings),
      counts_(countSteps(settings, data.size())),
      schedule_(scheduleOf(settings, counts_.steps)) {}

bool Stepper::Taken::isNumber() const {
  return std::isfinite(loss) && std::isfinite(gradientNorm);
}

Stepper::Taken Stepper::take(std::int64_t step) {
  const std::int64_t epoch = step / counts_.stepsPerEpoch;
  const std::int64_t first = step % counts_.stepsPerEpoch * settings_.accumulation;
  const std::int64_t last = std::min(first + settings_.accumulation, counts_.batches);
  if (orderedEpoch_ != epoch) {
    order_ = order(epoch);
    orderedEpoch_ = epoch;
  }
  const nn::TrainingPass pass{generatorFor(settings_.seed, kDropout, step)};
  Taken taken{.learningRate = settings_.learningRate * schedule_.factor(step)};
  for (std::int64_t batch = first; batch < last; ++batch) {
    const std::int64_t begin = batch * settings_.trainBatch;
    const auto examples = std::span(order_).subspan(
        static_cast<std::size_t>(begin),
        static_cast<std::size_t>(std::min(settings_.trainBatch, data_.size() - begin)));
    taken.loss += backward(examples, 1.0 / static_cast<double>(last - first), pass);
  }
  taken.gradientNorm = optimizer_.clip(settings_.maxGradNorm);
  if (taken.isNumber()) optimizer_.step(taken.learningRate);
  return taken;
}

double Stepper::backward(std::span<const std::int64_t> examples, double share,
                         const nn::TrainingPass& pass) {
  at::Tensor loss;
  {
    const Bfloat16Products products(settings_.bf16);
    const auto outputs = trainable_.model->trainingForward(data_.batch(examples), pass);
    const auto found = outputs.find("loss");
    if (found == outputs.end())
      throw Error(ErrorKind::kUnsupported, "this class of model has no loss on these data");
    loss = found->second * share;
  }
  loss.backward();
  return loss.item<double>();
}

std::vector<std::int64_t> Stepper::order(std::int64_t epoch) const {
  const at::Tensor shuffled =
      at::randperm(data_.size(), generatorFor(settings_.seed, kOrder, epoch), at::kLong);
  const auto* values = shuffled.data_ptr<std::int64_t>();
  return {values, values + shuffled.numel()};
}

void requireEvaluable(const TrainingSettings& settings, const DataSplits& data) {
  if (settings.evalStrategy != "no" && data.evaluation->size() == 0)
    throw Error(ErrorKind::kInvalidInput,
                "the evaluation part has no window; give it more rows or set eval_strategy to no")
        .in("split");
}

double evaluateBatch(const Trainable& trainable, const DataSet& set, std::int64_t first,
                     std::int64_t most, Totals& totals) {
  std::vector<std::int64_t> examples(static_cast<std::size_t>(std::min(most, set.size() - first)));
  std::iota(examples.begin(), examples.end(), first);
  const auto inputs = set.batch(examples);
  const auto outputs = trainable.model->forward(inputs);
  set.measure(inputs, outputs, totals);
  return outputs.at("loss").item<double>() * static_cast<double>(examples.size());
}

}  // namespace orrery::training
