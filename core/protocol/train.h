#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/base/json.h"
#include "core/protocol/lifecycle.h"

/// Fitting a model to the user's own data.
namespace orrery::protocol {

/// One line of metrics of a run, sent while it goes on: {"loss", "grad_norm", "learning_rate",
/// "epoch", "step", "seconds"}, or of an evaluation {"eval_loss", …}.
struct TrainMetrics {
  static constexpr auto kMethod = "train/metrics";

  Json request;  ///< id of the request
  Json metrics;

  bool operator==(const TrainMetrics&) const = default;
  static void fields(auto& f, auto& self) {
    f("request", self.request);
    f("metrics", self.metrics);
  }
};

struct TrainResult {
  Json figures;  ///< the document of `orrery-cli train --json`

  bool operator==(const TrainResult&) const = default;
  static void fields(auto& f, auto& self) { f("figures", self.figures); }
};

/// Trains to the end. Cancelled, it writes a checkpoint first; the same settings with
/// resume_from_checkpoint go on from there.
struct TrainParams {
  static constexpr auto kMethod = "train/run";
  using Result = TrainResult;

  Json settings;  ///< as of `orrery-cli train`

  bool operator==(const TrainParams&) const = default;
  static void fields(auto& f, auto& self) { f("settings", self.settings); }
};

/// Lets a run of this engine rest after its step, with a checkpoint written, or go on.
struct SteerTrainingParams {
  static constexpr auto kMethod = "train/steer";
  using Result = Done;

  std::string run;  ///< its output_dir
  bool paused = false;

  bool operator==(const SteerTrainingParams&) const = default;
  static void fields(auto& f, auto& self) {
    f("run", self.run);
    f("paused", self.paused);
  }
};

struct TrainingMemory {
  std::int64_t weightBytes = 0, gradientBytes = 0, optimizerBytes = 0;
  std::int64_t activationBytes = 0;  ///< the most that a step holds beside these
  std::int64_t engineBytes = 0;      ///< the program itself and the table
  std::int64_t totalBytes = 0, availableBytes = 0;

  bool operator==(const TrainingMemory&) const = default;
  static void fields(auto& f, auto& self) {
    f("weight_bytes", self.weightBytes);
    f("gradient_bytes", self.gradientBytes);
    f("optimizer_bytes", self.optimizerBytes);
    f("activation_bytes", self.activationBytes);
    f("engine_bytes", self.engineBytes);
    f("total_bytes", self.totalBytes);
    f("available_bytes", self.availableBytes);
  }
};

/// Windows of the table that each part has.
struct TrainingWindows {
  std::int64_t train = 0, evaluation = 0, test = 0;

  bool operator==(const TrainingWindows&) const = default;
  static void fields(auto& f, auto& self) {
    f("train", self.train);
    f("evaluation", self.evaluation);
    f("test", self.test);
  }
};

struct MeasureTrainingResult {
  std::int64_t parameters = 0;
  std::int64_t rows = 0;             ///< of the table
  std::vector<std::string> columns;  ///< that are used
  TrainingWindows windows;
  TrainingMemory memory;
  std::int64_t steps = 0, stepsPerEpoch = 0, evaluations = 0;
  double secondsPerStep = 0, secondsPerEvaluation = 0;
  double totalSeconds = 0;  ///< with evaluations and the test at the end

  bool operator==(const MeasureTrainingResult&) const = default;
  static void fields(auto& f, auto& self) {
    f("parameters", self.parameters);
    f("rows", self.rows);
    f("columns", self.columns);
    f("windows", self.windows);
    f("memory", self.memory);
    f("steps", self.steps);
    f("steps_per_epoch", self.stepsPerEpoch);
    f("evaluations", self.evaluations);
    f("seconds_per_step", self.secondsPerStep);
    f("seconds_per_evaluation", self.secondsPerEvaluation);
    f("total_seconds", self.totalSeconds);
  }
};

/// What a run of these settings will take, by a few steps of the real model; writes nothing. Ends
/// in the error that the run would begin with.
struct MeasureTrainingParams {
  static constexpr auto kMethod = "train/measure";
  using Result = MeasureTrainingResult;

  Json settings;

  bool operator==(const MeasureTrainingParams&) const = default;
  static void fields(auto& f, auto& self) { f("settings", self.settings); }
};

/// A run as its folder tells it.
struct TrainingRun {
  std::string folder;
  std::string state;  ///< "finished" or "stopped"
  bool canGoOn = false;
  Json settings;
  std::string modelType;
  std::vector<Json> metrics;              ///< its lines, with "seconds" where that is known
  std::vector<std::int64_t> checkpoints;  ///< steps
  std::int64_t step = 0;                  ///< of the newest checkpoint or the finished model
  std::optional<double> bestMetric;
  std::int64_t bestStep = 0;
  double modifiedAt = 0;  ///< Unix time
  std::string problem;    ///< what cannot be read; empty: nothing

  bool operator==(const TrainingRun&) const = default;
  static void fields(auto& f, auto& self) {
    f("folder", self.folder);
    f("state", self.state);
    f("can_go_on", self.canGoOn);
    f("settings", self.settings);
    f("model_type", self.modelType);
    f("metrics", self.metrics);
    f("checkpoints", self.checkpoints);
    f("step", self.step);
    f.optional("best_metric", self.bestMetric);
    f("best_step", self.bestStep);
    f("modified_at", self.modifiedAt);
    f("problem", self.problem);
  }
};

struct ListTrainingsResult {
  std::vector<TrainingRun> runs;  ///< newest first

  bool operator==(const ListTrainingsResult&) const = default;
  static void fields(auto& f, auto& self) { f("runs", self.runs); }
};

/// The runs in a folder and below it, at most three folders deep. Needs no model.
struct ListTrainingsParams {
  static constexpr auto kMethod = "train/runs";
  using Result = ListTrainingsResult;

  std::string folder;

  bool operator==(const ListTrainingsParams&) const = default;
  static void fields(auto& f, auto& self) { f("folder", self.folder); }
};

}  // namespace orrery::protocol
