#include "core/models/timeseries/transformer_config.h"

#include <algorithm>
#include <numeric>

#include "core/models/config_fields.h"

namespace orrery::models::timeseries {
namespace {

/// Greatest number of steps, lags, features and variates: far above any use, far below what would
/// not fit.
constexpr std::int64_t kMost = 1'000'000;

std::int64_t countOr(const JsonField& config, const char* key, std::int64_t otherwise) {
  const auto count = config.get(key, otherwise);
  if (count < 0 || count > kMost)
    throw config[key].error(fmt::format("expected a number from 0 to {}, found {}", kMost, count));
  return count;
}

TransformerConfig::Scaling readScaling(const JsonField& config) {
  using Scaling = TransformerConfig::Scaling;
  const auto field = config.find("scaling");
  if (!field) return config.json().contains("scaling") ? Scaling::kNone : Scaling::kMean;
  if (field->json().is_boolean()) return field->as<bool>() ? Scaling::kMean : Scaling::kNone;
  const auto name = field->as<std::string>();
  return name == "mean" ? Scaling::kMean : name == "std" ? Scaling::kStd : Scaling::kNone;
}

void readScaler(const JsonField& config, TransformerConfig& c) {
  c.scaling = readScaling(config);
  if (config.has("minimum_scale")) c.minimumScale = config.require<double>("minimum_scale");
  if (config.has("default_scale")) c.defaultScale = config.require<double>("default_scale");
  if (config.get("scaling_dim", std::int64_t{1}) != 1)
    throw config["scaling_dim"].error("only 1, the steps, is supported");
  if (!config.get("keepdim", true)) throw config["keepdim"].error("only true is supported");
}

/// `count` sizes, one for each static category.
std::vector<std::int64_t> perCategory(const JsonField& config, const char* key, std::int64_t count,
                                      std::vector<std::int64_t> otherwise) {
  const auto sizes = config.get(key, std::move(otherwise));
  const bool sound = std::all_of(sizes.begin(), sizes.end(),
                                 [](std::int64_t size) { return size >= 1 && size <= 1 << 30; });
  if (static_cast<std::int64_t>(sizes.size()) != count || !sound)
    throw config.error(
        fmt::format("{}: expected {} sizes, one for each static category", key, count));
  return sizes;
}

void readFeatures(const JsonField& config, TransformerConfig& c) {
  c.dynamicReal = countOr(config, "num_dynamic_real_features", 0);
  c.staticReal = countOr(config, "num_static_real_features", 0);
  c.staticCategories = countOr(config, "num_static_categorical_features", 0);
  c.timeFeatures = countOr(config, "num_time_features", 0);
  config.find("feature_size");  // follows from the others
  config.find("cardinality");
  config.find("embedding_dimension");
  if (c.staticCategories == 0) return;
  c.cardinality = perCategory(config, "cardinality", c.staticCategories, {});
  std::vector<std::int64_t> usual;
  for (const std::int64_t size : c.cardinality)
    usual.push_back(std::min<std::int64_t>(50, (size + 1) / 2));
  c.categoryDims = perCategory(config, "embedding_dimension", c.staticCategories, usual);
}

TransformerConfig::Stack readStack(const JsonField& config, const std::string& side,
                                   std::int64_t hidden) {
  TransformerConfig::Stack stack;
  stack.layers = positiveSizeOr(config, side + "_layers", 2, kMaxLayers);
  stack.heads = positiveSizeOr(config, side + "_attention_heads", 2);
  stack.ffn = positiveSizeOr(config, side + "_ffn_dim", 32);
  stack.layerDrop = probability(config, (side + "_layerdrop").c_str(), 0.1);
  if (hidden % stack.heads != 0)
    throw config.error(
        fmt::format("d_model: {} is not a multiple of the {} heads", hidden, stack.heads));
  return stack;
}

void readInformer(const JsonField& config, TransformerConfig& c) {
  c.sparseAttention = config.get<std::string>("attention_type", "prob") == "prob";
  c.samplingFactor = positiveSizeOr(config, "sampling_factor", 5, kMost);
  c.distil = config.get("distil", true);
}

void readAutoformer(const JsonField& config, TransformerConfig& c) {
  c.labelLength = positiveSizeOr(config, "label_length", 10, kMost);
  c.movingAverage = positiveSizeOr(config, "moving_average", 25, kMost);
  c.correlationFactor = positiveSizeOr(config, "autocorrelation_factor", 3, kMost);
  if (c.labelLength > c.context)
    throw config.error(fmt::format("label_length: {} is more than the {} steps of the context",
                                   c.labelLength, c.context));
  if (c.movingAverage % 2 == 0)
    throw config["moving_average"].error("expected an odd number, or trends would be shorter");
}

}  // namespace

TransformerConfig TransformerConfig::read(const JsonField& config) {
  TransformerConfig c;
  c.modelType = config.require<std::string>("model_type");
  c.prediction = positiveSize(config, "prediction_length", kMost);
  c.context = countOr(config, "context_length", c.prediction);
  if (c.context == 0) c.context = c.prediction;
  c.distribution = config.get<std::string>("distribution_output", "student_t");
  if (config.get<std::string>("loss", "nll") != "nll")
    throw config["loss"].error("expected \"nll\"");
  c.variates = positiveSizeOr(config, "input_size", 1, kMost);
  c.lags = config.get("lags_sequence", std::vector<std::int64_t>{1, 2, 3, 4, 5, 6, 7});
  const bool sound = std::all_of(c.lags.begin(), c.lags.end(),
                                 [](std::int64_t lag) { return lag >= 1 && lag <= kMost; });
  if (c.lags.empty() || !sound)
    throw config["lags_sequence"].error(fmt::format("expected numbers from 1 to {}", kMost));
  readScaler(config, c);
  readFeatures(config, c);
  c.hidden = positiveSizeOr(config, "d_model", 64);
  c.encoder = readStack(config, "encoder", c.hidden);
  c.decoder = readStack(config, "decoder", c.hidden);
  c.activation = config.get<std::string>("activation_function", "gelu");
  c.trajectories = positiveSizeOr(config, "num_parallel_samples", 100, kMost);
  c.dropout = probability(config, "dropout", c.modelType == "informer" ? 0.05 : 0.1);
  c.attentionDropout = probability(config, "attention_dropout", 0.1);
  c.activationDropout = probability(config, "activation_dropout", 0.1);
  if (c.modelType == "informer") readInformer(config, c);
  if (c.modelType == "autoformer") readAutoformer(config, c);
  return c;
}

std::int64_t TransformerConfig::pastLength() const {
  return context + *std::max_element(lags.begin(), lags.end());
}

std::int64_t TransformerConfig::featureCount() const {
  return std::accumulate(categoryDims.begin(), categoryDims.end(), std::int64_t{0}) + dynamicReal +
         timeFeatures + staticReal + 2 * variates;
}

std::int64_t TransformerConfig::inputWidth() const {
  return variates * static_cast<std::int64_t>(lags.size()) + featureCount();
}

ModelShape transformerShape(const JsonField& config) {
  const auto c = TransformerConfig::read(config);
  return {.hidden = c.hidden,
          .heads = c.encoder.heads,
          .kvHeads = c.encoder.heads,
          .headDim = c.hidden / c.encoder.heads,
          .ffn = c.encoder.ffn,
          .layers = c.encoder.layers,
          .maxPositions = c.context + c.prediction};
}

}  // namespace orrery::models::timeseries
