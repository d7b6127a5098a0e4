#include "ui/train/train_fields.h"

#include <QObject>

namespace orrery::ui {
namespace {

using Field = TrainField;
using Kind = Field::Kind;
using Group = Field::Group;

QString tr(const char* text) {
  return QObject::tr(text);
}

std::vector<Field> dataFields() {
  const Group g = Group::kData;
  return {{g,
           "train_file",
           Kind::kFile,
           tr("Table"),
           tr("A CSV, TSV or Parquet file of series, one row a step"),
           nullptr,
           {tr("Tables (*.csv *.tsv *.parquet)")}},
          {g,
           "value_columns",
           Kind::kNames,
           tr("Columns"),
           tr("Names, with commas between them; empty: all that hold numbers"),
           nullptr,
           {tr("all that hold numbers")}},
          {g,
           "split",
           Kind::kNumbers,
           tr("Split"),
           tr("Shares or rows for training, evaluation and test; ett: as the ETT benchmark"),
           Json::array({0.7, 0.1, 0.2}),
           {QStringLiteral("0.7, 0.1, 0.2"), QStringLiteral("ett")}},
          {g,
           "gaps",
           Kind::kChoice,
           tr("Gaps"),
           tr("What is done with missing values"),
           "refuse",
           {QStringLiteral("refuse"), QStringLiteral("interpolate"), QStringLiteral("zero")}},
          {g, "standardize", Kind::kSwitch, tr("Standardise"),
           tr("By mean and deviation of the training rows"), true},
          {g, "season", Kind::kInteger, tr("Season"),
           tr("Steps after which the seasonal-naive forecast repeats"), 24}};
}

std::vector<Field> stepFields() {
  const Group g = Group::kTraining;
  return {{g, "learning_rate", Kind::kNumber, tr("Learning rate"), tr("learning_rate"), 5e-5},
          {g,
           "lr_scheduler_type",
           Kind::kChoice,
           tr("Schedule"),
           tr("lr_scheduler_type"),
           "linear",
           {QStringLiteral("linear"), QStringLiteral("cosine"), QStringLiteral("constant"),
            QStringLiteral("constant_with_warmup")}},
          {g, "warmup_steps", Kind::kNumber, tr("Warm-up"),
           tr("warmup_steps; below 1: a share of all steps"), 0.0},
          {g, "per_device_train_batch_size", Kind::kInteger, tr("Batch"),
           tr("per_device_train_batch_size"), 8},
          {g, "gradient_accumulation_steps", Kind::kInteger, tr("Accumulation"),
           tr("Batches of one step (gradient_accumulation_steps)"), 1},
          {g, "num_train_epochs", Kind::kNumber, tr("Epochs"), tr("num_train_epochs"), 3.0},
          {g, "max_steps", Kind::kInteger, tr("Most steps"),
           tr("max_steps; -1: as many as the epochs have"), -1},
          {g,
           "optim",
           Kind::kChoice,
           tr("Optimizer"),
           tr("optim"),
           "adamw_torch",
           {QStringLiteral("adamw_torch"), QStringLiteral("sgd")}},
          {g, "weight_decay", Kind::kNumber, tr("Weight decay"), tr("weight_decay"), 0.0},
          {g, "max_grad_norm", Kind::kNumber, tr("Clipping"),
           tr("Norm to which gradients are scaled down (max_grad_norm); 0: never"), 1.0},
          {g, "bf16", Kind::kSwitch, tr("bfloat16"), tr("Products of matrices in bfloat16 (bf16)"),
           false},
          {g, "seed", Kind::kInteger, tr("Seed"), tr("seed"), 42}};
}

std::vector<Field> evaluationFields() {
  const Group g = Group::kEvaluation;
  const QStringList when{QStringLiteral("no"), QStringLiteral("steps"), QStringLiteral("epoch")};
  return {{g, "eval_strategy", Kind::kChoice, tr("Evaluate"), tr("eval_strategy"), "no", when},
          {g, "eval_steps", Kind::kInteger, tr("Every"),
           tr("eval_steps; 0: with every metrics line"), 0},
          {g, "per_device_eval_batch_size", Kind::kInteger, tr("Batch"),
           tr("per_device_eval_batch_size"), 8},
          {g,
           "metric_for_best_model",
           Kind::kChoice,
           tr("Metric"),
           tr("metric_for_best_model"),
           "loss",
           {QStringLiteral("loss"), QStringLiteral("mse"), QStringLiteral("mae")}},
          {g, "load_best_model_at_end", Kind::kSwitch, tr("Keep the best"),
           tr("The best model is the result (load_best_model_at_end)"), false},
          {g, "early_stopping_patience", Kind::kInteger, tr("Patience"),
           tr("Evaluations without a better one that end the run; 0: never"), 0},
          {g, "early_stopping_threshold", Kind::kNumber, tr("Threshold"),
           tr("By how much better counts (early_stopping_threshold)"), 0.0}};
}

std::vector<Field> outputFields() {
  const Group g = Group::kOutput;
  const QStringList when{QStringLiteral("no"), QStringLiteral("steps"), QStringLiteral("epoch")};
  return {
      {g,
       "output_dir",
       Kind::kFolder,
       tr("Folder"),
       tr("output_dir; empty: one of its own for each run"),
       nullptr,
       {tr("one for each run")}},
      {g, "logging_steps", Kind::kInteger, tr("Metrics"),
       tr("Steps between two lines of metrics (logging_steps)"), 500},
      {g, "save_strategy", Kind::kChoice, tr("Checkpoints"), tr("save_strategy"), "steps", when},
      {g, "save_steps", Kind::kInteger, tr("Every"), tr("save_steps"), 500},
      {g, "save_total_limit", Kind::kInteger, tr("Keep"),
       tr("Checkpoints that are kept (save_total_limit); 0: all"), 0}};
}

}  // namespace

std::vector<TrainField> trainFields() {
  std::vector<TrainField> all;
  for (auto& part : {dataFields(), featureFields(), modelFields(), stepFields(), evaluationFields(),
                     outputFields()})
    all.insert(all.end(), part.begin(), part.end());
  return all;
}

QString groupTitle(TrainField::Group group) {
  switch (group) {
    case Group::kData:
      return tr("Data");
    case Group::kModel:
      return tr("Model");
    case Group::kTraining:
      return tr("Training");
    case Group::kEvaluation:
      return tr("Evaluation and stopping");
    case Group::kOutput:
      break;
  }
  return tr("Output");
}

}  // namespace orrery::ui
