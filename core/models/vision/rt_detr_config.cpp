#include "core/models/vision/rt_detr_config.h"

#include "core/models/config_fields.h"
#include "core/models/vision/detector_config.h"
#include "core/models/vision/vision_config.h"

namespace orrery::models::vision {
namespace {

void readEncoder(RtDetrConfig& c, const JsonField& config) {
  c.encoderDim = positiveSizeOr(config, "encoder_hidden_dim", c.encoderDim);
  c.encoderLayers = config.get("encoder_layers", c.encoderLayers);
  c.encoderHeads = positiveSizeOr(config, "encoder_attention_heads", c.encoderHeads);
  c.encoderFfn = positiveSizeOr(config, "encoder_ffn_dim", c.encoderFfn);
  c.encoderChannels = stageNumbers(config, "encoder_in_channels", {512, 1024, 2048});
  c.attentionLevels = config.get("encode_proj_layers", std::vector<std::int64_t>{2});
  c.temperature = config.get("positional_encoding_temperature", c.temperature);
  // The reference adds positions of its own making only where it does not know the size.
  c.positions = !config.has("eval_size");
  c.normFirst = config.get("normalize_before", false);
  c.encoderActivation = config.get<std::string>("encoder_activation_function", "gelu");
  c.activation = config.get<std::string>("activation_function", "silu");
  const double expansion = config.get("hidden_expansion", 1.0);
  if (!(expansion > 0 && expansion < 1000))
    throw config["hidden_expansion"].error("expected a factor above 0");
  c.blockDim = static_cast<std::int64_t>(static_cast<double>(c.encoderDim) * expansion);
  for (std::int64_t level : c.attentionLevels)
    if (level < 0 || level >= std::ssize(c.encoderChannels))
      throw config["encode_proj_layers"].error(
          fmt::format("level {} is not there; there are {}", level, c.encoderChannels.size()));
  if (c.encoderLayers < 0) throw config["encoder_layers"].error("expected a number from 0 on");
  if (c.encoderDim % 4 != 0) throw config["encoder_hidden_dim"].error("expected a multiple of 4");
}

}  // namespace

RtDetrConfig RtDetrConfig::read(const JsonField& config) {
  RtDetrConfig c;
  readEncoder(c, config);
  c.hidden = positiveSizeOr(config, "d_model", c.hidden);
  c.queries = positiveSizeOr(config, "num_queries", c.queries);
  c.levels = positiveSizeOr(config, "num_feature_levels", c.levels);
  c.points = positiveSizeOr(config, "decoder_n_points", c.points);
  c.decoderLayers = positiveSizeOr(config, "decoder_layers", c.decoderLayers);
  c.decoderHeads = positiveSizeOr(config, "decoder_attention_heads", c.decoderHeads);
  c.decoderFfn = positiveSizeOr(config, "decoder_ffn_dim", c.decoderFfn);
  c.decoderActivation = config.get<std::string>("decoder_activation_function", "relu");
  c.decoderChannels = stageNumbers(config, "decoder_in_channels", {256, 256, 256});
  c.layerNormEps = config.get("layer_norm_eps", c.layerNormEps);
  c.batchNormEps = config.get("batch_norm_eps", c.batchNormEps);
  c.labels = labelCount(config);
  if (config.get("learn_initial_query", false))
    throw config["learn_initial_query"].error("true is not supported, nor by the reference");
  if (c.decoderChannels.size() != c.encoderChannels.size() ||
      std::ssize(c.decoderChannels) > c.levels)
    throw config["decoder_in_channels"].error(
        fmt::format("has {} levels; encoder_in_channels has {}, num_feature_levels says {}",
                    c.decoderChannels.size(), c.encoderChannels.size(), c.levels));
  checkTransformer(config, c.hidden, {c.decoderHeads}, {c.decoderLayers, c.levels});
  checkTransformer(config, c.encoderDim, {c.encoderHeads}, {c.encoderLayers});
  return c;
}

ModelShape rtDetrShape(const JsonField& config) {
  const auto c = RtDetrConfig::read(config);
  readBackboneConfig(config);
  return {.hidden = c.hidden,
          .heads = c.decoderHeads,
          .kvHeads = c.decoderHeads,
          .headDim = c.hidden / c.decoderHeads,
          .ffn = c.decoderFfn,
          .layers = c.encoderLayers + c.decoderLayers,
          .windows = {}};
}

}  // namespace orrery::models::vision
