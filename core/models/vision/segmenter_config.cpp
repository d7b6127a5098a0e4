#include "core/models/vision/segmenter_config.h"

#include <algorithm>
#include <cmath>

#include "core/models/config_fields.h"
#include "core/models/vision/detector_config.h"
#include "core/models/vision/vision_config.h"

namespace orrery::models::vision {
namespace {

/// Backbone maps with a finer stride than those that the attention sees, down to `common_stride`.
std::int64_t fineLevels(const JsonField& config, const char* stridesKey) {
  const auto strides = stageNumbers(config, stridesKey, {4, 8, 16, 32}, 1, kMaxImageSide);
  const auto common = static_cast<double>(positiveSizeOr(config, "common_stride", 4));
  if (strides.size() < 3) throw config[stridesKey].error("expected at least three strides");
  const auto least = static_cast<double>(*std::min_element(strides.end() - 3, strides.end()));
  const auto levels = static_cast<std::int64_t>(std::log2(least) - std::log2(common));
  return std::max<std::int64_t>(0, levels);
}

void requireWholeGroups(const JsonField& config, std::int64_t features) {
  // Group norms of 32 groups, and a sine and a cosine for rows and for columns.
  if (features % 32 != 0)
    throw config.error(fmt::format("expected features in a multiple of 32, found {}", features));
}

void readOneFormer(Mask2FormerConfig& c, const JsonField& config) {
  c.pixels.features = positiveSizeOr(config, "conv_dim", 256);
  c.pixels.maskFeatures = positiveSizeOr(config, "mask_dim", 256);
  c.pixels.fineLevels = fineLevels(config, "strides");
  c.queries = positiveSizeOr(config, "num_queries", 150) - 1;  // the last one is the task itself
  c.layers = positiveSizeOr(config, "decoder_layers", 10) - 1;
  c.normEps = config.get("layer_norm_eps", 1e-5);
  c.taskLength = positiveSizeOr(config, "task_seq_len", 77);
  c.queryLayers = positiveSizeOr(config, "query_dec_layers", 2);
  c.taskNorm = config.get("use_task_norm", true);
  c.auxiliary = config.get("use_auxiliary_loss", true);
  c.auxiliaryOutputs = config.get("output_auxiliary_logits", true);
  if (config.get("enforce_input_proj", false))
    throw config["enforce_input_proj"].error("true is not supported: no file holds its weights");
  if (config.get<std::string>("norm", "GN") != "GN") throw config["norm"].error("expected \"GN\"");
  // Its queries look at the mask features through a matrix that is made for the others.
  if (c.pixels.maskFeatures != c.pixels.features)
    throw config.error(fmt::format("expected mask_dim to be conv_dim, {}, found {}",
                                   c.pixels.features, c.pixels.maskFeatures));
  if (c.queries < 1 || c.layers < 1)
    throw config.error("expected at least two queries and two decoder layers");
}

void readMask2Former(Mask2FormerConfig& c, const JsonField& config) {
  c.pixels.features = positiveSizeOr(config, "feature_size", 256);
  c.pixels.maskFeatures = positiveSizeOr(config, "mask_feature_size", 256);
  c.pixels.fineLevels = fineLevels(config, "feature_strides");
  c.queries = positiveSizeOr(config, "num_queries", 100);
  c.layers = positiveSizeOr(config, "decoder_layers", 10) - 1;
  c.activation = config.get<std::string>("activation_function", "relu");
  c.auxiliaryOutputs = config.get("output_auxiliary_logits", false);
  config.has("use_auxiliary_loss");  // adds only to what is trained with
  if (config.get("enforce_input_projection", false))
    throw config["enforce_input_projection"].error(
        "true is not supported: no file holds its weights");
  if (c.layers < 1) throw config["decoder_layers"].error("expected at least 2");
}

}  // namespace

Mask2FormerConfig Mask2FormerConfig::read(const JsonField& config) {
  Mask2FormerConfig c;
  const bool oneFormer = config.require<std::string>("model_type") == "oneformer";
  c.hidden = positiveSizeOr(config, "hidden_dim", 256);
  c.heads = c.pixels.heads = positiveSizeOr(config, "num_attention_heads", 8);
  c.ffn = positiveSizeOr(config, "dim_feedforward", 2048);
  c.pixels.ffn = positiveSizeOr(config, "encoder_feedforward_dim", 1024);
  c.pixels.layers = positiveSizeOr(config, "encoder_layers", 6);
  c.preNorm = config.get("pre_norm", false);
  c.labels = labelCount(config);
  if (oneFormer)
    readOneFormer(c, config);
  else
    readMask2Former(c, config);
  requireWholeGroups(config, c.pixels.features);
  checkTransformer(config, c.hidden, {c.heads}, {c.layers, c.pixels.layers, c.queryLayers});
  // transformers has a projection here that no file keeps.
  if (c.pixels.features != c.hidden)
    throw config.error(fmt::format("expected hidden_dim to be the {} features of the pixel decoder",
                                   c.pixels.features));
  return c;
}

MaskFormerConfig MaskFormerConfig::read(const JsonField& config) {
  MaskFormerConfig c;
  c.features = positiveSizeOr(config, "fpn_feature_size", 256);
  c.maskFeatures = positiveSizeOr(config, "mask_feature_size", 256);
  c.labels = labelCount(config);
  requireWholeGroups(config, c.features);
  const JsonField decoder = config["decoder_config"];
  if (decoder.require<std::string>("model_type") != "detr")
    throw decoder["model_type"].error("expected \"detr\"");
  c.decoder = DetrConfig::read(decoder);
  // A DETR has these, its decoder alone does not.
  for (const char* unused : {"backbone_config", "dilation", "position_embedding_type"})
    decoder.has(unused);
  config.has("use_auxiliary_loss");  // adds only to what is trained with
  // Those of the decoder, once more.
  for (const char* copy : {"num_attention_heads", "num_hidden_layers"}) config.has(copy);
  return c;
}

UperNetConfig UperNetConfig::read(const JsonField& config) {
  UperNetConfig c;
  c.hidden = positiveSizeOr(config, "hidden_size", 512);
  c.labels = labelCount(config);
  c.poolScales = stageNumbers(config, "pool_scales", {1, 2, 3, 6}, 1, 1024);
  return c;
}

ModelShape mask2FormerShape(const JsonField& config) {
  const auto c = Mask2FormerConfig::read(config);
  readBackboneConfig(config);
  return {.hidden = c.hidden,
          .heads = c.heads,
          .kvHeads = c.heads,
          .headDim = c.hidden / c.heads,
          .ffn = std::max(c.ffn, c.pixels.ffn),
          .layers = c.layers + c.pixels.layers,
          .windows = {}};
}

ModelShape maskFormerShape(const JsonField& config) {
  const auto c = MaskFormerConfig::read(config);
  readBackboneConfig(config);
  return {.hidden = c.decoder.hidden,
          .heads = c.decoder.decoderHeads,
          .kvHeads = c.decoder.decoderHeads,
          .headDim = c.decoder.hidden / c.decoder.decoderHeads,
          .ffn = c.decoder.decoderFfn,
          .layers = c.decoder.decoderLayers,
          .windows = {}};
}

ModelShape uperNetShape(const JsonField& config) {
  const auto c = UperNetConfig::read(config);
  readBackboneConfig(config);
  return {.hidden = c.hidden,
          .heads = 1,
          .kvHeads = 1,
          .headDim = c.hidden,
          .ffn = c.hidden,
          .layers = 1,
          .windows = {}};
}

}  // namespace orrery::models::vision
