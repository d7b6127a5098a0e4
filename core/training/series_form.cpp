#include "core/training/series_form.h"

#include <algorithm>

#include "core/base/error.h"
#include "core/media/table/calendar.h"
#include "core/media/table/static_features.h"
#include "core/models/timeseries/transformer_config.h"

namespace orrery::training {
namespace {

/// What a config says where the table decides.
constexpr const char* kFrequency = "frequency";

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
    {"autoformer", "AutoformerForPrediction", "input_size"},
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

/// A config may leave lags and the number of time features to the table.
void fitToFrequency(OrderedJson& config, const SeriesTable& table,
                    const TrainingSettings& settings) {
  const auto leftOpen = [&](const char* name) {
    return config.value(name, OrderedJson()) == kFrequency;
  };
  if (leftOpen("lags_sequence")) config["lags_sequence"] = media::table::usualLags(table.step);
  if (!leftOpen("num_time_features")) return;
  auto names = settings.timeFeatures;
  if (names.empty() && !table.times.empty() && table.step > 0)
    names = media::table::usualTimeFeatures(media::table::frequencyOfStep(table.step));
  config["num_time_features"] = names.size();
}

/// Features of one kind: how a config counts them, and the setting that gives them.
void fitCount(OrderedJson& config, const JsonField& field, const char* count,
              const std::string& setting, std::size_t given) {
  const auto found = field.get(count, static_cast<std::int64_t>(given));
  if (found != static_cast<std::int64_t>(given))
    throw Error(ErrorKind::kInvalidInput, "the model takes {} ({} of its configuration), found {}",
                found, count, given)
        .in(setting);
  if (given > 0) config[count] = given;
}

/// The width of static features.
std::size_t widthOf(const std::vector<std::vector<float>>& rows) {
  return rows.empty() ? 0 : rows.front().size();
}

void fitFeatures(OrderedJson& config, const JsonField& field, std::int64_t series,
                 const TrainingSettings& settings) {
  constexpr const char *kCategories = "static_categorical_features",
                       *kReals = "static_real_features";
  const Json given = Json::parse(settings.staticCategories.dump());
  const auto categories = media::table::staticCategories(given, kCategories, series);
  const auto reals =
      media::table::staticFeatures(Json::parse(settings.staticReals.dump()), kReals, series);
  fitCount(config, field, "num_dynamic_real_features", "covariates", settings.covariates.size());
  fitCount(config, field, "num_static_categorical_features", kCategories, widthOf(categories));
  fitCount(config, field, "num_static_real_features", kReals, widthOf(reals));
  if (categories.empty() || field.has("cardinality")) return;
  std::vector<std::int64_t> sizes(widthOf(categories), 1);
  for (const auto& row : categories)
    for (std::size_t i = 0; i < row.size(); ++i)
      sizes[i] = std::max(sizes[i], static_cast<std::int64_t>(row[i]) + 1);
  config["cardinality"] = sizes;
}

void refuseFeatures(const std::string& type, const TrainingSettings& settings) {
  const std::pair<const char*, bool> given[] = {
      {"covariates", !settings.covariates.empty()},
      {"static_categorical_features", !settings.staticCategories.is_null()},
      {"static_real_features", !settings.staticReals.is_null()}};
  for (const auto& [name, some] : given)
    if (some) throw Error(ErrorKind::kInvalidInput, "{} takes none", type).in(name);
}

}  // namespace

std::string forecastClass(const JsonField& config) {
  return trainedOf(config).className;
}

void fitConfig(OrderedJson& config, const JsonField& field, const SeriesTable& table,
               const TrainingSettings& settings) {
  const std::int64_t columns = valueCount(table, settings);
  fitColumns(config, field, columns, settings);
  const Trained& trained = trainedOf(field);
  if (countsChannels(trained)) return refuseFeatures(trained.type, settings);
  fitToFrequency(config, table, settings);
  fitFeatures(config, field, config[trained.columns] == 1 ? columns : 1, settings);
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
  form.past = c.pastLength();
  form.together = c.variates > 1;
  form.takesFeatures = true;
  form.covariates = c.dynamicReal;
  form.timeFeatures = media::table::chosenTimeFeatures(
      settings.timeFeatures, c.timeFeatures, table.step, !table.times.empty(), "time_features");
  return form;
}

}  // namespace orrery::training
