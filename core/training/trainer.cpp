#include "core/training/trainer.h"

#include <chrono>
#include <cmath>

#include "core/base/error.h"
#include "core/checkpoint/checkpoint.h"
#include "core/training/run_layout.h"

namespace orrery::training {
namespace {

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
      stepper_(settings, trainable, *data.train),
      counts_(stepper_.counts()),
      folder_(settings.outputDir) {}

void Trainer::begin() {
  if (const auto checkpoint = startingPoint(settings_)) {
    state_ = resume(*checkpoint, trainable_, stepper_.optimizer());
    savedStep_ = state_.step;
  }
  folder_.writeSettings(settings_);
  folder_.writeMetrics(state_.log);
  times_.begin(folder_.path(), state_.log.size());
}

OrderedJson Trainer::run(const JobContext& context, const PauseToken& pause) {
  begin();
  try {
    return goOn(context, pause);
  } catch (const Error& error) {
    if (error.kind() == ErrorKind::kCancelled && state_.step > 0) save();
    throw;
  }
}

OrderedJson Trainer::goOn(const JobContext& context, const PauseToken& pause) {
  ProgressMeter meter("training", "steps", static_cast<double>(counts_.steps), context.progress);
  meter.advanceTo(static_cast<double>(state_.step));
  const auto began = std::chrono::steady_clock::now();
  const std::int64_t first = state_.step;
  if (state_.evaluationIsDue) afterStep(context);
  while (state_.step < counts_.steps && !state_.stopped) {
    if (pause.paused()) rest(context, pause);
    context.cancel.throwIfCancelled();
    step();
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

void Trainer::rest(const JobContext& context, const PauseToken& pause) {
  if (state_.step > 0) save();  // whoever pauses may turn the machine off
  times_.rest();
  pause.wait(context.cancel);
  times_.goOn();
}

void Trainer::step() {
  const auto taken = stepper_.take(state_.step);
  if (!taken.isNumber())
    throw Error(ErrorKind::kInvalidInput,
                "step {}: the {} is no number any more; a lower learning_rate than {} may help. "
                "Checkpoints up to step {} are kept",
                state_.step + 1, std::isfinite(taken.loss) ? "gradient" : "loss",
                settings_.learningRate, std::max<std::int64_t>(savedStep_, 0))
        .in(settings_.outputDir);
  state_.lossSum += taken.loss;
  ++state_.lossCount;
  ++state_.step;
  if (state_.step % settings_.loggingSteps != 0 && state_.step != counts_.steps) return;
  log({{"loss", figure(state_.lossSum / static_cast<double>(state_.lossCount))},
       {"grad_norm", figure(taken.gradientNorm)},
       {"learning_rate", taken.learningRate}});
  state_.lossSum = 0;
  state_.lossCount = 0;
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
  if (due(settings_.evalStrategy, every)) {
    state_.evaluationIsDue = true;
    evaluate(context);
    state_.evaluationIsDue = false;
    // What a stop in the middle of this evaluation saved does not know how it ended.
    if (savedStep_ == state_.step) savedStep_ = -1;
  }
  const bool better = state_.bestStep != best && settings_.loadBestModelAtEnd;
  if (better || due(settings_.saveStrategy, settings_.saveSteps)) save();
}

void Trainer::log(OrderedJson line) {
  line["epoch"] = epoch();
  line["step"] = state_.step;
  state_.log.push_back(line);
  folder_.appendMetrics(line);
  line["seconds"] = times_.add(state_.step);
  if (onMetrics_) onMetrics_(line);
}

void Trainer::evaluate(const JobContext& context) {
  requireEvaluable(settings_, data_);
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
    loss += evaluateBatch(trainable_, set, first, settings_.evalBatch, totals);
  }
  std::map<std::string, double> figures{{prefix + "loss", loss / static_cast<double>(set.size())}};
  for (const auto& [name, value] : set.figures(totals)) figures[prefix + name] = value;
  return figures;
}

void Trainer::save() {
  if (savedStep_ == state_.step) return;
  folder_.save(state_, trainable_, stepper_.optimizer(), settings_);
  savedStep_ = state_.step;
  folder_.prune(settings_.saveTotalLimit, settings_.loadBestModelAtEnd ? state_.bestStep : 0);
}

OrderedJson Trainer::finish(const JobContext& context) {
  if (settings_.saveStrategy != "no") save();
  if (settings_.loadBestModelAtEnd && state_.bestStep > 0)
    trainable_.restore(
        *checkpoint::openFolderWeights(checkpointFolder(folder_.path(), state_.bestStep)));
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
