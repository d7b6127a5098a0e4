// Fields of the models that begin in the form.
#include <QObject>
#include <algorithm>

#include "ui/train/train_fields.h"

namespace orrery::ui {
namespace {

using Field = TrainField;
using Kind = Field::Kind;
using Start = TrainStart;

QString tr(const char* text) {
  return QObject::tr(text);
}

const std::vector<Start> kTransformers{Start::kInformer, Start::kTimeSeriesTransformer,
                                       Start::kAutoformer};
/// What may take more than values.
const std::vector<Start> kWithFeatures{Start::kInformer, Start::kTimeSeriesTransformer,
                                       Start::kAutoformer, Start::kConfigFile, Start::kCheckpoint};

/// A kind of model: its fields in the configuration have object names of their own.
struct Family {
  std::vector<Start> with;
  const char* id;

  Field field(Kind kind, const char* name, const char* label, const QString& tip, Json standard,
              QStringList choices = {}) const {
    return {Field::Group::kModel,
            std::string("config.") + name,
            kind,
            tr(label),
            tip.isEmpty() ? QString::fromLatin1(name)
                          : QStringLiteral("%1 (%2)").arg(tip, QLatin1String(name)),
            std::move(standard),
            std::move(choices),
            with,
            QStringLiteral("%1.%2").arg(QLatin1String(id), QLatin1String(name))};
  }
};

const Family kPatch{{Start::kPatchTst, Start::kPatchTsMixer}, "config"};
const Family kPatchTst{{Start::kPatchTst}, "config"};
const Family kMixer{{Start::kPatchTsMixer}, "mixer"};
const Family kTransformer{kTransformers, "transformer"};
const Family kInformer{{Start::kInformer}, "informer"};
const Family kAutoformer{{Start::kAutoformer}, "autoformer"};

std::vector<Field> patchFields() {
  const QString told = tr("Steps that it tells"), patch = tr("Steps of a patch"),
                next = tr("Steps from one patch to the next"), width = tr("Width of the model");
  return {kPatch.field(Kind::kInteger, "context_length", "Context", tr("Steps that the model sees"),
                       32),
          kPatchTst.field(Kind::kInteger, "prediction_length", "Prediction", told, 24),
          kPatchTst.field(Kind::kInteger, "patch_length", "Patch", patch, 1),
          kPatchTst.field(Kind::kInteger, "patch_stride", "Stride", next, 1),
          kPatchTst.field(Kind::kInteger, "d_model", "Width", width, 128),
          kPatchTst.field(Kind::kInteger, "num_hidden_layers", "Layers", {}, 3),
          kPatchTst.field(Kind::kInteger, "num_attention_heads", "Heads", {}, 4),
          kPatchTst.field(Kind::kInteger, "ffn_dim", "Feed-forward", {}, 512),
          kPatchTst.field(Kind::kNumber, "ff_dropout", "Dropout", {}, 0.0),
          kPatchTst.field(Kind::kNumber, "head_dropout", "Head dropout", {}, 0.0),
          kMixer.field(Kind::kInteger, "prediction_length", "Prediction", told, 16),
          kMixer.field(Kind::kInteger, "patch_length", "Patch", patch, 8),
          kMixer.field(Kind::kInteger, "patch_stride", "Stride", next, 8),
          kMixer.field(Kind::kInteger, "d_model", "Width", width, 8),
          kMixer.field(Kind::kInteger, "num_layers", "Layers", {}, 3),
          kMixer.field(Kind::kInteger, "expansion_factor", "Expansion", {}, 2),
          kMixer.field(Kind::kChoice, "mode", "Channels", {}, "common_channel",
                       {QStringLiteral("common_channel"), QStringLiteral("mix_channel")}),
          kMixer.field(Kind::kNumber, "dropout", "Dropout", {}, 0.2),
          kMixer.field(Kind::kNumber, "head_dropout", "Head dropout", {}, 0.2)};
}

/// What series transformers see.
std::vector<Field> windowFields() {
  const QString frequency = QStringLiteral("frequency");
  return {
      kTransformer.field(
          Kind::kInteger, "context_length", "Context",
          tr("Steps that the encoder sees, beside the lags; empty: as many as it tells"), nullptr),
      kTransformer.field(Kind::kInteger, "prediction_length", "Prediction",
                         tr("Steps that it tells"), nullptr),
      kTransformer.field(
          Kind::kNumbers, "lags_sequence", "Lags",
          tr("How many steps back it looks from each; frequency: as suits the step of "
             "the table"),
          Json::array({1, 2, 3, 4, 5, 6, 7}), {frequency, QStringLiteral("1, 2, 3, 4, 5, 6, 7")}),
      kTransformer.field(
          Kind::kInteger, "num_time_features", "Time features",
          tr("How many numbers tell it the time of a step; frequency: as many as are "
             "named, or usual for the step of the table"),
          0, {frequency, QStringLiteral("0")}),
      {Field::Group::kModel,
       "time_features",
       Kind::kNames,
       tr("Their names"),
       tr("hour_of_day, day_of_week, \u2026, age, with commas between them; empty: those usual for "
          "the step of the table (time_features)"),
       nullptr,
       {tr("the usual ones")},
       kWithFeatures}};
}

std::vector<Field> transformerFields() {
  return {kTransformer.field(
              Kind::kChoice, "scaling", "Scaling", tr("How a window is brought to one size"),
              "mean", {QStringLiteral("mean"), QStringLiteral("std"), QStringLiteral("none")}),
          kTransformer.field(Kind::kChoice, "distribution_output", "Distribution",
                             tr("Of the values to come"), "student_t",
                             {QStringLiteral("student_t"), QStringLiteral("normal"),
                              QStringLiteral("negative_binomial")}),
          kInformer.field(Kind::kChoice, "attention_type", "Attention",
                          tr("prob: only queries that stand out attend; full: all"), "prob",
                          {QStringLiteral("prob"), QStringLiteral("full")}),
          kTransformer.field(
              Kind::kInteger, "input_size", "Variates",
              tr("1: each column is learned by itself; the number of columns: all together"), 1),
          kTransformer.field(Kind::kInteger, "d_model", "Width", tr("Width of the model"), 64),
          kTransformer.field(Kind::kNumber, "dropout", "Dropout", {}, 0.1),
          kTransformer.field(Kind::kInteger, "num_parallel_samples", "Draws",
                             tr("Futures that a forecast draws"), 100),
          kInformer.field(Kind::kInteger, "sampling_factor", "Sampling",
                          tr("How many queries attend, and keys are looked at to find them"), 5),
          kInformer.field(Kind::kSwitch, "distil", "Distil",
                          tr("Halve the sequence between encoder layers"), true),
          kAutoformer.field(Kind::kInteger, "label_length", "Label",
                            tr("Steps of the context that the decoder begins with"), 10),
          kAutoformer.field(Kind::kInteger, "moving_average", "Trend",
                            tr("Steps of the mean that is the trend; an odd number"), 25),
          kTransformer.field(Kind::kInteger, "encoder_layers", "Encoder layers", {}, 2),
          kTransformer.field(Kind::kInteger, "decoder_layers", "Decoder layers", {}, 2),
          kTransformer.field(Kind::kInteger, "encoder_attention_heads", "Encoder heads", {}, 2),
          kTransformer.field(Kind::kInteger, "decoder_attention_heads", "Decoder heads", {}, 2),
          kTransformer.field(Kind::kInteger, "encoder_ffn_dim", "Encoder inner",
                             tr("Width inside of feed-forward layers"), 32),
          kTransformer.field(Kind::kInteger, "decoder_ffn_dim", "Decoder inner",
                             tr("Width inside of feed-forward layers"), 32),
          kAutoformer.field(Kind::kInteger, "autocorrelation_factor", "Delays",
                            tr("How many delays values are gathered from"), 3)};
}

}  // namespace

bool TrainField::appliesTo(TrainStart start) const {
  return with.empty() || std::ranges::find(with, start) != with.end();
}

std::vector<TrainField> featureFields() {
  const auto g = Field::Group::kData;
  const QString numbers = tr("Numbers for all columns, or a list for each: [[0], [1]]");
  return {
      {g,
       "covariates",
       Kind::kNames,
       tr("Covariates"),
       tr("Columns that are known ahead (covariates)"),
       nullptr,
       {tr("none")},
       kWithFeatures},
      {g,
       "static_categorical_features",
       Kind::kNumbers,
       tr("Categories"),
       tr("What kind of series a column is, from 0. %1 (static_categorical_features)").arg(numbers),
       nullptr,
       {},
       kWithFeatures},
      {g,
       "static_real_features",
       Kind::kNumbers,
       tr("Properties"),
       tr("Numbers that tell columns apart. %1 (static_real_features)").arg(numbers),
       nullptr,
       {},
       kWithFeatures}};
}

std::vector<TrainField> modelFields() {
  const auto g = Field::Group::kModel;
  std::vector<TrainField> all{{g,
                               "model",
                               Kind::kFolder,
                               tr("Checkpoint"),
                               tr("The folder of the model to go on from"),
                               nullptr,
                               {},
                               {Start::kCheckpoint}},
                              {g,
                               "config",
                               Kind::kFile,
                               tr("Configuration"),
                               tr("The config.json of the model to begin"),
                               nullptr,
                               {tr("Configurations (*.json)")},
                               {Start::kConfigFile}}};
  for (auto& part : {patchFields(), windowFields(), transformerFields()})
    all.insert(all.end(), part.begin(), part.end());
  return all;
}

}  // namespace orrery::ui
