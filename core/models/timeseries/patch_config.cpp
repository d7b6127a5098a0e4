#include "core/models/timeseries/patch_config.h"

#include <algorithm>

#include "core/models/config_fields.h"

namespace orrery::models::timeseries {
namespace {

constexpr std::int64_t kMostSteps = 1'000'000;

/// `key` as one of `names`, by its place; an Error lists them.
std::size_t oneOf(const JsonField& config, const char* key, const std::string& otherwise,
                  const std::vector<std::string>& names) {
  const auto value = config.get(key, otherwise);
  const auto found = std::find(names.begin(), names.end(), value);
  if (found != names.end()) return static_cast<std::size_t>(found - names.begin());
  std::string list;
  for (const auto& name : names) list += (list.empty() ? "" : ", ") + quoted(name);
  throw config[key].error("expected one of " + list + ", found " + quoted(value));
}

/// `whenTrue` is what scaling: true means.
PatchConfig::Scaling readScaling(const JsonField& config, PatchConfig::Scaling whenTrue) {
  using Scaling = PatchConfig::Scaling;
  const auto field = config.find("scaling");
  if (!field) return config.json().contains("scaling") ? Scaling::kNone : Scaling::kStd;
  if (field->json().is_boolean()) return field->as<bool>() ? whenTrue : Scaling::kNone;
  const auto name = field->as<std::string>();
  return name == "mean" ? Scaling::kMean : name == "std" ? Scaling::kStd : Scaling::kNone;
}

std::vector<double> readRange(const JsonField& config) {
  const auto range = config.get("output_range", std::vector<double>{});
  if (!range.empty() && range.size() != 2)
    throw config["output_range"].error("expected two numbers, the lowest and the highest value");
  return range;
}

/// The fields that both types have; `c` holds the type's defaults.
PatchConfig readSeries(const JsonField& config, PatchConfig c, PatchConfig::Scaling whenTrue) {
  c.context = positiveSizeOr(config, "context_length", c.context, kMostSteps);
  c.patch = positiveSizeOr(config, "patch_length", c.patch, kMostSteps);
  c.stride = positiveSizeOr(config, "patch_stride", c.stride, kMostSteps);
  if (c.context <= c.patch)
    throw config.error(fmt::format("context_length: {} steps, expected more than patch_length's {}",
                                   c.context, c.patch));
  c.channels = positiveSizeOr(config, "num_input_channels", c.channels);
  c.hidden = positiveSizeOr(config, "d_model", c.hidden);
  c.horizon = positiveSizeOr(config, "prediction_length", c.horizon, kMostSteps);
  c.targets = positiveSizeOr(config, "num_targets", c.targets);
  c.scaling = readScaling(config, whenTrue);
  if (config.has("minimum_scale")) c.minimumScale = config.require<double>("minimum_scale");
  if (config.has("default_scale")) c.defaultScale = config.require<double>("default_scale");
  c.positions = oneOf(config, "positional_encoding_type", "sincos", {"sincos", "random"}) == 0
                    ? PatchConfig::Positions::kSinusoids
                    : PatchConfig::Positions::kRandom;
  if (c.positions == PatchConfig::Positions::kSinusoids && c.hidden % 2 != 0)
    throw config["d_model"].error(
        "expected an even number, as the positions are sines and cosines");
  c.likelihood = oneOf(config, "loss", "mse", {"mse", "nll"}) == 1;
  c.distribution = config.get("distribution_output", c.distribution);
  c.range = readRange(config);
  c.epsilon = config.get("norm_eps", c.epsilon);
  c.headDropout = probability(config, "head_dropout", c.headDropout);
  return c;
}

}  // namespace

PatchTstConfig PatchTstConfig::read(const JsonField& config) {
  PatchTstConfig c;
  c.series = readSeries(config, {.hidden = 128}, PatchConfig::Scaling::kMean);
  c.series.layers = positiveSizeOr(config, "num_hidden_layers", 3, kMaxLayers);
  c.heads = positiveSizeOr(config, "num_attention_heads", c.heads);
  if (c.series.hidden % c.heads != 0)
    throw config["d_model"].error("not a multiple of num_attention_heads");
  c.ffn = positiveSizeOr(config, "ffn_dim", c.ffn);
  c.activation = config.get("activation_function", c.activation);
  c.batchNorm = oneOf(config, "norm_type", "batchnorm", {"batchnorm", "layernorm"}) == 0;
  c.preNorm = config.get("pre_norm", c.preNorm);
  c.bias = config.get("bias", c.bias);
  c.sharedEmbedding = config.get("share_embedding", c.sharedEmbedding);
  c.channelAttention = config.get("channel_attention", c.channelAttention);
  c.classToken = config.get("use_cls_token", c.classToken);
  if (!config.get("share_projection", true))
    throw config["share_projection"].error(
        "only true is supported: the reference fails with a projection for each channel");
  const bool pools = config.has("pooling_type") || !config.json().contains("pooling_type");
  if (pools)
    c.pooling = oneOf(config, "pooling_type", "mean", {"mean", "max"}) == 0 ? Pooling::kMean
                                                                            : Pooling::kMax;
  else
    c.pooling = Pooling::kNone;
  c.attentionDropout = probability(config, "attention_dropout", 0);
  c.positionalDropout = probability(config, "positional_dropout", 0);
  c.pathDropout = probability(config, "path_dropout", 0);
  c.ffDropout = probability(config, "ff_dropout", 0);
  return c;
}

PatchMixerConfig PatchMixerConfig::read(const JsonField& config) {
  PatchMixerConfig c;
  const PatchConfig defaults{
      .patch = 8, .stride = 8, .hidden = 8, .horizon = 16, .targets = 3, .headDropout = 0.2};
  c.series = readSeries(config, defaults, PatchConfig::Scaling::kStd);
  c.series.layers = positiveSizeOr(config, "num_layers", 3, kMaxLayers);
  if (!config.get("use_positional_encoding", false))
    c.series.positions = PatchConfig::Positions::kNone;
  c.expansion = positiveSizeOr(config, "expansion_factor", c.expansion);
  c.attention = config.get("self_attn", c.attention);
  c.attentionHeads = positiveSizeOr(config, "self_attn_heads", c.attentionHeads);
  if (c.attention && c.series.hidden % c.attentionHeads != 0)
    throw config["d_model"].error("not a multiple of self_attn_heads");
  c.mixChannels = oneOf(config, "mode", "common_channel", {"common_channel", "mix_channel"}) == 1;
  c.gates = config.get("gated_attn", c.gates);
  auto norm = config.get("norm_mlp", std::string("LayerNorm"));
  std::transform(norm.begin(), norm.end(), norm.begin(),
                 [](unsigned char x) { return tolower(x); });
  c.batchNorm = norm.find("batch") != norm.npos;
  if (config.json().contains("head_aggregation") && !config.has("head_aggregation"))
    c.aggregation = Aggregation::kNone;
  else
    c.aggregation = static_cast<Aggregation>(
        1 + oneOf(config, "head_aggregation", "max_pool", {"use_last", "max_pool", "avg_pool"}));
  c.predicted = config.get("prediction_channel_indices", c.predicted);
  std::sort(c.predicted.begin(), c.predicted.end());
  for (const auto channel : c.predicted)
    if (channel < 0 || channel >= c.series.channels)
      throw config["prediction_channel_indices"].error(
          fmt::format("expected channels from 0 to {}, found {}", c.series.channels - 1, channel));
  c.dropout = probability(config, "dropout", c.dropout);
  return c;
}

ModelShape patchTstShape(const JsonField& config) {
  const auto c = PatchTstConfig::read(config);
  return {.hidden = c.series.hidden,
          .heads = c.heads,
          .kvHeads = c.heads,
          .headDim = c.series.hidden / c.heads,
          .ffn = c.ffn,
          .layers = c.series.layers,
          .maxPositions = c.series.patches()};
}

ModelShape patchMixerShape(const JsonField& config) {
  const auto c = PatchMixerConfig::read(config);
  return {.hidden = c.series.hidden,
          .ffn = c.series.hidden * c.expansion,
          .layers = c.series.layers,
          .maxPositions = c.series.patches()};
}

}  // namespace orrery::models::timeseries
