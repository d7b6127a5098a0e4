#include "core/training/trainer.h"

#include <ATen/CPUGeneratorImpl.h>
#include <ATen/autocast_mode.h>
#include <ATen/core/grad_mode.h>

#include <chrono>
#include <cmath>
#include <numeric>

#include "core/base/error.h"
#include "core/checkpoint/checkpoint.h"
#include "core/nn/training_pass.h"

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

/// The figure rounded to what a reader needs, as shortest JSON.
OrderedJson figure(double value) {
  return std::isfinite(value) ? OrderedJson(value) : OrderedJson();
}

}  // namespace

Trainer::Trainer(const TrainingSettings& settings, const Trainable& trainable,
                 const DataSplits& data, MetricsCallback onMetrics)
    : settings_(settings),
      trainable_(trainable),
      data_(data),
      onMetrics_(std::move(onMetrics)),
      folder_(settings.outputDir),
      optimizer_(*trainable.parameters, settings),
      counts_(count()) {
  const auto share = [&](double part) {
    return static_cast<std::int64_t>(std::ceil(part * static_cast<double>(counts_.steps)));
  };
  const double warmup = settings.warmupSteps;
  const std::int64_t steps = warmup >= 1  ? static_cast<std::int64_t>(warmup)
                             : warmup > 0 ? share(warmup)
                                          : share(settings.warmupRatio);
  schedule_ = {settings.lrSchedulerType, counts_.steps, steps};
}

Trainer::Counts Trainer::count() const {
  const auto parts = [](std::int64_t whole, std::int64_t size) {
    return (whole + size - 1) / size;
  };
  Counts counts;
  counts.batches = parts(data_.train->size(), settings_.trainBatch);
  counts.stepsPerEpoch = parts(counts.batches, settings_.accumulation);
  counts.steps = settings_.maxSteps > 0
                     ? settings_.maxSteps
                     : static_cast<std::int64_t>(std::ceil(
                           settings_.numTrainEpochs * static_cast<double>(counts.stepsPerEpoch)));
  return counts;
}

void Trainer::begin() {
  const OrderedJson& from = settings_.resumeFromCheckpoint;
  std::optional<std::filesystem::path> checkpoint;
  if (from.is_string())
    checkpoint = from.get<std::string>();
  else if (from.is_boolean() && from.get<bool>())
    checkpoint = folder_.newest();  // none: the run was killed before the first
  else if (folder_.newest())
    throw Error(ErrorKind::kInvalidInput,
                "holds checkpoints of a run: set resume_from_checkpoint to go on with it, or name "
                "another folder")
        .in(settings_.outputDir);
  if (checkpoint) {
    state_ = resume(*checkpoint, trainable_, optimizer_, settings_);
    savedStep_ = state_.step;
  }
  folder_.writeMetrics(state_.log);
}

OrderedJson Trainer::run(const JobContext& context) {
  begin();
  ProgressMeter meter("training", "steps", static_cast<double>(counts_.steps), context.progress);
  meter.advanceTo(static_cast<double>(state_.step));
  const auto began = std::chrono::steady_clock::now();
  const std::int64_t first = state_.step;
  while (state_.step < counts_.steps && !state_.stopped) {
    if (context.cancel.cancelled()) {
      if (state_.step > 0) save();
      context.cancel.throwIfCancelled();
    }
    const double rate = settings_.learningRate * schedule_.factor(state_.step);
    double norm = 0;
    state_.lossSum += step(rate, norm);
    ++state_.lossCount;
    ++state_.step;
    if (state_.step % settings_.loggingSteps == 0 || state_.step == counts_.steps) {
      log({{"loss", figure(state_.lossSum / static_cast<double>(state_.lossCount))},
           {"grad_norm", figure(norm)},
           {"learning_rate", rate}});
      state_.lossSum = 0;
      state_.lossCount = 0;
    }
    afterStep(context);
    meter.advanceTo(static_cast<double>(state_.step));
  }
  meter.finish();
  const std::chrono::duration<double> spent = std::chrono::steady_clock::now() - began;
  OrderedJson result = finish(context);
  result["train_runtime"] = spent.count();
  result["train_steps_per_second"] = static_cast<double>(state_.step - first) / spent.count();
  return result;
}

double Trainer::step(double learningRate, double& gradientNorm) {
  const std::int64_t epoch = state_.step / counts_.stepsPerEpoch;
  const std::int64_t first = state_.step % counts_.stepsPerEpoch * settings_.accumulation;
  const std::int64_t last = std::min(first + settings_.accumulation, counts_.batches);
  if (orderedEpoch_ != epoch) {
    order_ = order(epoch);
    orderedEpoch_ = epoch;
  }
  const nn::TrainingPass pass{generatorFor(settings_.seed, kDropout, state_.step)};
  double loss = 0;
  for (std::int64_t batch = first; batch < last; ++batch) {
    const std::int64_t begin = batch * settings_.trainBatch;
    const auto examples = std::span(order_).subspan(
        static_cast<std::size_t>(begin),
        static_cast<std::size_t>(std::min(settings_.trainBatch, data_.train->size() - begin)));
    loss += backward(examples, 1.0 / static_cast<double>(last - first), pass);
  }
  gradientNorm = optimizer_.clip(settings_.maxGradNorm);
  if (!std::isfinite(loss) || !std::isfinite(gradientNorm))
    throw Error(ErrorKind::kInvalidInput,
                "step {}: the {} is no number any more; a lower learning_rate than {} may help. "
                "Checkpoints up to step {} are kept",
                state_.step + 1, std::isfinite(loss) ? "gradient" : "loss", settings_.learningRate,
                std::max<std::int64_t>(savedStep_, 0))
        .in(settings_.outputDir);
  optimizer_.step(learningRate);
  return loss;
}

double Trainer::backward(std::span<const std::int64_t> examples, double share,
                         const nn::TrainingPass& pass) {
  at::Tensor loss;
  {
    const Bfloat16Products products(settings_.bf16);
    const auto outputs = trainable_.model->trainingForward(data_.train->batch(examples), pass);
    const auto found = outputs.find("loss");
    if (found == outputs.end())
      throw Error(ErrorKind::kUnsupported, "this class of model has no loss on these data");
    loss = found->second * share;
  }
  loss.backward();
  return loss.item<double>();
}

std::vector<std::int64_t> Trainer::order(std::int64_t epoch) {
  const at::Tensor shuffled =
      at::randperm(data_.train->size(), generatorFor(settings_.seed, kOrder, epoch), at::kLong);
  const auto* values = shuffled.data_ptr<std::int64_t>();
  return {values, values + shuffled.numel()};
}

bool Trainer::due(const std::string& strategy, std::int64_t every) const {
  if (strategy == "epoch")
    return state_.step % counts_.stepsPerEpoch == 0 || state_.step == counts_.steps;
  return strategy == "steps" && state_.step % every == 0;
}

double Trainer::epoch() const {
  return static_cast<double>(state_.step) / static_cast<double>(counts_.stepsPerEpoch);
}

void Trainer::afterStep(const JobContext& context) {
  const std::int64_t every = settings_.evalSteps > 0 ? settings_.evalSteps : settings_.loggingSteps;
  const std::int64_t best = state_.bestStep;
  if (due(settings_.evalStrategy, every)) evaluate(context);
  const bool better = state_.bestStep != best && settings_.loadBestModelAtEnd;
  if (better || due(settings_.saveStrategy, settings_.saveSteps)) save();
}

void Trainer::log(OrderedJson line) {
  line["epoch"] = epoch();
  line["step"] = state_.step;
  state_.log.push_back(line);
  folder_.appendMetrics(line);
  if (onMetrics_) onMetrics_(line);
}

void Trainer::evaluate(const JobContext& context) {
  if (data_.evaluation->size() == 0)
    throw Error(ErrorKind::kInvalidInput,
                "the evaluation part has no window; give it more rows or set eval_strategy to no")
        .in("split");
  const auto figures = measure(*data_.evaluation, "eval_", context);
  OrderedJson line;
  for (const auto& [name, value] : figures) line[name] = figure(value);
  log(line);
  judge(figures);
}

void Trainer::judge(const std::map<std::string, double>& figures) {
  std::string name = settings_.metricForBestModel;
  if (!name.starts_with("eval_")) name = "eval_" + name;
  const auto found = figures.find(name);
  if (found == figures.end())
    throw Error(ErrorKind::kInvalidInput, "there is no {} among what evaluations give",
                orrery::quoted(name))
        .in("metric_for_best_model");
  const double sign = settings_.greaterIsBetter ? 1 : -1;
  const double gain = state_.best ? sign * (found->second - *state_.best) : 1;
  const bool enough = !state_.best || gain > settings_.earlyStoppingThreshold;
  state_.worse = enough ? 0 : state_.worse + 1;
  if (!state_.best || gain > 0) {
    state_.best = found->second;
    state_.bestStep = state_.step;
  }
  const std::int64_t patience = settings_.earlyStoppingPatience;
  state_.stopped = patience > 0 && state_.worse >= patience;
}

std::map<std::string, double> Trainer::measure(const DataSet& set, const std::string& prefix,
                                               const JobContext& context) const {
  Totals totals;
  double loss = 0;
  for (std::int64_t first = 0; first < set.size(); first += settings_.evalBatch) {
    context.cancel.throwIfCancelled();
    std::vector<std::int64_t> examples(
        static_cast<std::size_t>(std::min(settings_.evalBatch, set.size() - first)));
    std::iota(examples.begin(), examples.end(), first);
    const auto inputs = set.batch(examples);
    const auto outputs = trainable_.model->forward(inputs);
    set.measure(inputs, outputs, totals);
    loss += outputs.at("loss").item<double>() * static_cast<double>(examples.size());
  }
  std::map<std::string, double> figures{{prefix + "loss", loss / static_cast<double>(set.size())}};
  for (const auto& [name, value] : set.figures(totals)) figures[prefix + name] = value;
  return figures;
}

void Trainer::save() {
  if (savedStep_ == state_.step) return;
  folder_.save(state_, trainable_, optimizer_, settings_);
  savedStep_ = state_.step;
  folder_.prune(settings_.saveTotalLimit, settings_.loadBestModelAtEnd ? state_.bestStep : 0);
}

OrderedJson Trainer::finish(const JobContext& context) {
  if (settings_.saveStrategy != "no") save();
  if (settings_.loadBestModelAtEnd && state_.bestStep > 0)
    trainable_.restore(*checkpoint::openFolderWeights(folder_.checkpoint(state_.bestStep)));
  OrderedJson result{{"global_step", state_.step}};
  if (state_.best) {
    result["best_metric"] = *state_.best;
    result["best_global_step"] = state_.bestStep;
  }
  if (data_.test->size() > 0) {
    for (const auto& [name, value] : measure(*data_.test, "test_", context))
      result[name] = figure(value);
    for (const auto& [name, value] : data_.test->baseline()) result["test_" + name] = figure(value);
  }
  folder_.writeModel(state_, trainable_, settings_);
  return result;
}

}  // namespace orrery::training
