#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/base/json.h"

namespace orrery::training {

/// How a model is trained, by the names and with the defaults of transformers' TrainingArguments,
/// and on what.
struct TrainingSettings {
  std::string outputDir;
  std::string model;   ///< a folder with the checkpoint to go on from; empty: begins from `config`
  OrderedJson config;  ///< of a model that begins at random: an object, or the path of its file

  std::string trainFile;                      ///< a CSV file of series, one row a step
  OrderedJson table = OrderedJson::object();  ///< how it is read, as media::table::ReadOptions
  std::vector<std::string> valueColumns;      ///< empty: all others that hold numbers
  std::vector<std::string> covariates;        ///< columns that are known ahead
  /// Numbers that tell series apart: a list for all, or a list of lists, one for each column of
  /// values; null: none.
  OrderedJson staticCategories, staticReals;
  std::string gaps = "refuse";            ///< of missing values: refuse, interpolate, zero
  std::vector<std::string> timeFeatures;  ///< of a model that takes some; empty: the usual ones
  OrderedJson split = {0.7, 0.1, 0.2};  ///< shares or rows for training, evaluation, test, or "ett"
  bool standardize = true;              ///< by mean and deviation of the training rows
  std::int64_t season = 24;             ///< steps after which the seasonal-naive forecast repeats

  double learningRate = 5e-5, weightDecay = 0;
  double adamBeta1 = 0.9, adamBeta2 = 0.999, adamEpsilon = 1e-8;
  double maxGradNorm = 1.0;
  std::string optim = "adamw_torch", lrSchedulerType = "linear";
  double warmupSteps = 0;  ///< below 1: a share of all steps
  double warmupRatio = 0;

  double numTrainEpochs = 3;
  std::int64_t maxSteps = -1;
  std::int64_t trainBatch = 8, evalBatch = 8;
  std::int64_t accumulation = 1;
  std::int64_t seed = 42;
  bool bf16 = false;

  std::string evalStrategy = "no", saveStrategy = "steps";
  std::int64_t evalSteps = 0;  ///< 0: as loggingSteps
  std::int64_t saveSteps = 500, loggingSteps = 500;
  std::int64_t saveTotalLimit = 0;  ///< 0: all are kept
  bool loadBestModelAtEnd = false;
  std::string metricForBestModel = "loss";
  bool greaterIsBetter = false;
  std::int64_t earlyStoppingPatience = 0;  ///< evaluations without a better one; 0: never
  double earlyStoppingThreshold = 0;
  OrderedJson
      resumeFromCheckpoint;  ///< true: the newest in outputDir; a folder; else from the start

  /// Reads `document`, an object. An Error names a field that is unknown, of another type, or out
  /// of range.
  static TrainingSettings read(const OrderedJson& document, const std::string& name);
  /// All of them, as read() takes them.
  OrderedJson toJson() const;
};

}  // namespace orrery::training
