#include "core/training/settings.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <set>

namespace orrery::training {
namespace {

/// Each field once, for reading and writing.
template <class Settings, class Visitor>
void eachField(Settings& s, Visitor&& visit) {
  visit("output_dir", s.outputDir);
  visit("model", s.model);
  visit("config", s.config);
  visit("train_file", s.trainFile);
  visit("table", s.table);
  visit("value_columns", s.valueColumns);
  visit("covariates", s.covariates);
  visit("static_categorical_features", s.staticCategories);
  visit("static_real_features", s.staticReals);
  visit("gaps", s.gaps);
  visit("time_features", s.timeFeatures);
  visit("split", s.split);
  visit("standardize", s.standardize);
  visit("season", s.season);
  visit("learning_rate", s.learningRate);
  visit("weight_decay", s.weightDecay);
  visit("adam_beta1", s.adamBeta1);
  visit("adam_beta2", s.adamBeta2);
  visit("adam_epsilon", s.adamEpsilon);
  visit("max_grad_norm", s.maxGradNorm);
  visit("optim", s.optim);
  visit("lr_scheduler_type", s.lrSchedulerType);
  visit("warmup_steps", s.warmupSteps);
  visit("warmup_ratio", s.warmupRatio);
  visit("num_train_epochs", s.numTrainEpochs);
  visit("max_steps", s.maxSteps);
  visit("per_device_train_batch_size", s.trainBatch);
  visit("per_device_eval_batch_size", s.evalBatch);
  visit("gradient_accumulation_steps", s.accumulation);
  visit("seed", s.seed);
  visit("bf16", s.bf16);
  visit("eval_strategy", s.evalStrategy);
  visit("save_strategy", s.saveStrategy);
  visit("eval_steps", s.evalSteps);
  visit("save_steps", s.saveSteps);
  visit("logging_steps", s.loggingSteps);
  visit("save_total_limit", s.saveTotalLimit);
  visit("load_best_model_at_end", s.loadBestModelAtEnd);
  visit("metric_for_best_model", s.metricForBestModel);
  visit("greater_is_better", s.greaterIsBetter);
  visit("early_stopping_patience", s.earlyStoppingPatience);
  visit("early_stopping_threshold", s.earlyStoppingThreshold);
  visit("resume_from_checkpoint", s.resumeFromCheckpoint);
}

template <class T>
void readInto(const JsonField& field, T& value) {
  value = field.as<T>();
}
void readInto(const JsonField& field, OrderedJson& value) {
  value = OrderedJson::parse(field.json().dump());
}

void requireRange(const char* name, double value, double least, double most) {
  if (!(value >= least && value <= most))
    throw Error(ErrorKind::kInvalidInput, "expected a number from {} to {}, found {}", least, most,
                value)
        .in(name);
}

void requireOneOf(const char* name, const std::string& value,
                  const std::vector<std::string>& names) {
  if (std::find(names.begin(), names.end(), value) == names.end())
    throw Error(ErrorKind::kInvalidInput, "expected one of {}, found {}", fmt::join(names, ", "),
                orrery::quoted(value))
        .in(name);
}

void checkRanges(const TrainingSettings& s) {
  constexpr double kMost = 1e12;
  requireRange("learning_rate", s.learningRate, 0, 1e3);
  requireRange("weight_decay", s.weightDecay, 0, 1e3);
  requireRange("adam_beta1", s.adamBeta1, 0, 0.999999);
  requireRange("adam_beta2", s.adamBeta2, 0, 0.9999999);
  requireRange("adam_epsilon", s.adamEpsilon, 0, 1);
  requireRange("max_grad_norm", s.maxGradNorm, 0, kMost);
  requireRange("warmup_steps", s.warmupSteps, 0, kMost);
  requireRange("warmup_ratio", s.warmupRatio, 0, 1);
  requireRange("num_train_epochs", s.numTrainEpochs, 0, 1e6);
  const std::pair<const char*, std::int64_t> counts[] = {
      {"per_device_train_batch_size", s.trainBatch},
      {"per_device_eval_batch_size", s.evalBatch},
      {"gradient_accumulation_steps", s.accumulation},
      {"save_steps", s.saveSteps},
      {"logging_steps", s.loggingSteps},
      {"season", s.season}};
  for (const auto& [name, count] : counts) requireRange(name, static_cast<double>(count), 1, 1e9);
  const std::pair<const char*, std::int64_t> orNone[] = {
      {"eval_steps", s.evalSteps},
      {"save_total_limit", s.saveTotalLimit},
      {"early_stopping_patience", s.earlyStoppingPatience},
      {"seed", s.seed}};
  for (const auto& [name, count] : orNone) requireRange(name, static_cast<double>(count), 0, 1e15);
  requireOneOf("optim", s.optim, {"adamw_torch", "adamw_torch_fused", "sgd"});
  requireOneOf("lr_scheduler_type", s.lrSchedulerType,
               {"constant", "constant_with_warmup", "linear", "cosine"});
  requireOneOf("gaps", s.gaps, {"refuse", "interpolate", "zero"});
  requireOneOf("eval_strategy", s.evalStrategy, {"no", "steps", "epoch"});
  requireOneOf("save_strategy", s.saveStrategy, {"no", "steps", "epoch"});
}

/// What fits only together.
void checkTogether(const TrainingSettings& s) {
  const auto need = [](bool ok, const char* name, const char* what) {
    if (!ok) throw Error(ErrorKind::kInvalidInput, what).in(name);
  };
  need(!s.outputDir.empty(), "output_dir", "expected the folder to write to");
  need(!s.trainFile.empty(), "train_file", "expected a CSV file with the series");
  need(s.model.empty() != s.config.is_null(), "model",
       "expected either model, a checkpoint to go on from, or config, a model to begin");
  for (std::size_t i = 0; i < s.covariates.size(); ++i) {
    const auto& all = s.covariates;
    const auto self = all.begin() + static_cast<std::ptrdiff_t>(i);
    need(std::find(all.begin(), self, *self) == self, "covariates", "a column is named twice");
    need(std::find(s.valueColumns.begin(), s.valueColumns.end(), *self) == s.valueColumns.end(),
         "covariates", "expected columns that are not among value_columns");
  }
  const bool evaluates = s.evalStrategy != "no";
  need(!s.loadBestModelAtEnd || evaluates, "load_best_model_at_end",
       "needs evaluations: set eval_strategy");
  need(s.earlyStoppingPatience == 0 || evaluates, "early_stopping_patience",
       "needs evaluations: set eval_strategy");
}

}  // namespace

TrainingSettings TrainingSettings::read(const OrderedJson& document, const std::string& name) {
  const Json plain = Json::parse(document.dump());
  const JsonField root(plain, name);
  if (!plain.is_object()) throw root.error("expected an object of settings");
  TrainingSettings settings;
  std::set<std::string> known;
  eachField(settings, [&](const char* key, auto& value) {
    known.insert(key);
    if (const auto field = root.find(key)) readInto(*field, value);
  });
  for (const auto& [key, value] : plain.items())
    if (!known.contains(key))
      throw Error(ErrorKind::kInvalidInput, "unknown setting {}; known are {}", orrery::quoted(key),
                  fmt::join(known, ", "))
          .in(name);
  try {
    checkRanges(settings);
    checkTogether(settings);
  } catch (Error& error) {
    error.in(name);
    throw;
  }
  return settings;
}

OrderedJson TrainingSettings::toJson() const {
  OrderedJson document = OrderedJson::object();
  eachField(*this, [&](const char* key, const auto& value) { document[key] = value; });
  return document;
}

}  // namespace orrery::training
