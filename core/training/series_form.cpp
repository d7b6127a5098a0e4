#include "core/training/series_form.h"

#include "core/base/error.h"
#include "core/media/table/calendar.h"
#include "core/models/timeseries/transformer_config.h"

namespace orrery::training {
namespace {

/// A type that trains: its class, and the field that counts the columns of one example.
struct Trained {
  const char* type;
  const char* className;
  const char* columns;
};

constexpr Trained kTrained[] = {
    {"patchtst", "PatchTSTForPrediction", "num_input_channels"},
    {"patchtsmixer", "PatchTSMixerForPrediction", "num_input_channels"},
    {"informer", "InformerForPrediction", "input_size"},
    {"time_series_transformer", "TimeSeriesTransformerForPrediction", "input_size"},
};

const Trained& trainedOf(const JsonField& config) {
  const auto type = config.require<std::string>("model_type");
  std::string known;
  for (const Trained& trained : kTrained) {
    if (type == trained.type) return trained;
    known += (known.empty() ? "" : ", ") + std::string(trained.type);
  }
  throw config["model_type"].error("expected one that trains: " + known + "; found " +
                                   quoted(type));
}

bool countsChannels(const Trained& trained) {
  return std::string_view(trained.columns) == "num_input_channels";
}

}  // namespace

std::string forecastClass(const JsonField& config) {
  return trainedOf(config).className;
}

void fitColumns(OrderedJson& config, const JsonField& field, std::int64_t columns,
                const TrainingSettings& settings) {
  const Trained& trained = trainedOf(field);
  // A transformer of one variate learns from each column by itself.
  const std::int64_t usual = countsChannels(trained) ? columns : 1;
  const auto found = field.get(trained.columns, usual);
  if (found != columns && (countsChannels(trained) || found != 1))
    throw field[trained.columns].error(
        fmt::format("expected {}, the columns of values in {}", columns, settings.trainFile));
  config[trained.columns] = found;
}

SeriesForm seriesForm(const OrderedJson& config, const SeriesTable& table,
                      const TrainingSettings& settings) {
  const Json plain = Json::parse(config.dump());
  const JsonField field(plain, "config");
  SeriesForm form;
  form.horizon = field.require<std::int64_t>("prediction_length");
  if (countsChannels(trainedOf(field))) {
    form.past = field.require<std::int64_t>("context_length");
    return form;
  }
  const auto c = models::timeseries::TransformerConfig::read(field);
  for (const char* name :
       {"num_dynamic_real_features", "num_static_categorical_features", "num_static_real_features"})
    if (field.get(name, std::int64_t{0}) != 0)
      throw field[name].error("expected 0: training knows no such features yet");
  form.past = c.pastLength();
  form.together = c.variates > 1;
  form.takesFeatures = true;
  form.timeFeatures = media::table::chosenTimeFeatures(
      settings.timeFeatures, c.timeFeatures, table.step, !table.times.empty(), "time_features");
  return form;
}

}  // namespace orrery::training
