// train: fits a model to the user's own data.

#include <unistd.h>

#include <cstdio>
#include <iostream>

#include "app/cli/assignments.h"
#include "app/cli/commands.h"
#include "app/cli/hub/download_model.h"
#include "app/cli/runtime.h"
#include "core/base/error.h"

namespace orrery::cli {
namespace {

constexpr const char* kDetails = R"(
    orrery-cli train [SETTINGS.json] [--NAME VALUE]… [--json]

Settings have the names and defaults of transformers' TrainingArguments: learning_rate,
per_device_train_batch_size, per_device_eval_batch_size, num_train_epochs, max_steps, warmup_steps,
warmup_ratio, lr_scheduler_type (constant, constant_with_warmup, linear, cosine), optim (adamw_torch,
sgd), weight_decay, adam_beta1, adam_beta2, adam_epsilon, max_grad_norm,
gradient_accumulation_steps, eval_strategy (no, steps, epoch), eval_steps, save_strategy, save_steps,
save_total_limit, load_best_model_at_end, metric_for_best_model (loss, mse, mae), greater_is_better,
early_stopping_patience, early_stopping_threshold, logging_steps, seed, bf16, output_dir,
resume_from_checkpoint (true, or a folder). And what is trained on what:
  model          a checkpoint to go on from, or
  config         config.json of a model that begins at random: a file, or the object itself
  train_file     CSV or Parquet of series, one row a step; value_columns names those to use, table (an
                 object) tells what is not found by itself: delimiter, decimal, time_columns, …
  covariates     columns that are known ahead, for transformers; their forecasts need them too
  static_categorical_features, static_real_features
                 numbers that tell columns apart: for all, or a list for each column of values
  gaps           what to do with missing values: refuse, interpolate, zero
  time_features  of transformers (informer, time_series_transformer, autoformer): hour_of_day, …, age;
                 lags_sequence and num_time_features of their config may be "frequency": as suits the
                 step of the table
  split          three shares or numbers of rows: training, evaluation, test; or ett, the benchmark's
  standardize    by mean and deviation of the training rows; season for the seasonal-naive forecast
They come from a JSON file, from --NAME VALUE, or both; the command line wins. Ctrl+C writes a
checkpoint and ends; the same command with --resume_from_checkpoint true goes on.)";

/// "--learning_rate", "1e-4", "--bf16" as name=value; a name without a value is true.
std::vector<std::string> assignmentsOf(const std::vector<std::string>& words) {
  std::vector<std::string> result;
  for (const std::string& word : words) {
    const bool isName = word.starts_with("--");
    if (isName && word.find('=') != word.npos)
      result.push_back(word.substr(2));
    else if (isName)
      result.push_back(word.substr(2) + "=true");
    else if (!result.empty() && result.back().ends_with("=true"))
      result.back().replace(result.back().size() - 4, 4, word);
    else
      throw Error(ErrorKind::kInvalidInput, "expected --NAME before {}", quoted(word));
  }
  return result;
}

/// One line on the terminal that the next one replaces.
void showProgress(const Progress& progress) {
  std::string text = fmt::format("\r{:.0f} of {:.0f} steps", progress.done, progress.total);
  if (progress.rate > 0) text += fmt::format(", {:.1f} steps/s", progress.rate);
  if (progress.secondsLeft) text += ", " + fmt::format("{:.0f} s", *progress.secondsLeft) + " left";
  std::fprintf(stderr, "%s\033[K%s", text.c_str(), progress.done >= progress.total ? "\n" : "");
}

/// `words` are what stands behind the command: a file of settings or none, then assignments.
int train(std::vector<std::string> words, bool json) {
  std::string file;
  if (!words.empty() && !words.front().starts_with("--")) {
    file = words.front();
    words.erase(words.begin());
  }
  OrderedJson settings = file.empty() ? OrderedJson::object() : readOrderedJsonFile(file);
  const OrderedJson given = parseAssignments(assignmentsOf(words));
  if (settings.is_object())
    for (const auto& [key, value] : given.items()) settings[key] = value;
  JobContext context{cancelOnInterrupt(), {}};
  if (!json && isatty(STDERR_FILENO)) context.progress = showProgress;
  const auto onMetrics = [&](const OrderedJson& line) {
    if (!json) std::cout << line.dump() << std::endl;
  };
  const auto result =
      runtime().train(settings, file.empty() ? "settings" : file, context, {}, onMetrics);
  std::cout << (json ? result.dump(2) : result.dump()) << std::endl;
  return kDone;
}

}  // namespace

void addTrainCommand(CLI::App& app, Run& run) {
  auto json = std::make_shared<bool>(false);
  auto* command = app.add_subcommand("train", "Fit a model of time series to a table");
  command->add_flag("--json", *json, "Print the figures of the end as one document only");
  command->allow_extras();  // names of settings are checked where they are read
  command->footer(kDetails);
  command->callback([&run, json, command] {
    run = [json, words = command->remaining()] { return train(words, *json); };
  });
}

}  // namespace orrery::cli
