#include "core/models/vision/vit_config.h"

#include <algorithm>
#include <map>

#include "core/models/config_fields.h"

namespace orrery::models::vision {
namespace {

using MaskToken = VitEmbeddingConfig::MaskToken;
using Positions = VitEmbeddingConfig::Positions;

void readBackbone(VitConfig& c, const JsonField& config, std::string_view indices = "out_indices") {
  c.outStages = outStages(config, numberedStages(static_cast<std::size_t>(c.layers)), indices);
  c.spatialMaps = config.get("reshape_hidden_states", true);
}

void readBias(VitConfig& c, const JsonField& config) {
  c.layer.queryBias = c.layer.keyBias = c.layer.valueBias = config.get("qkv_bias", true);
}

void readPooler(VitConfig& c, const JsonField& config) {
  c.poolerSize = positiveSizeOr(config, "pooler_output_size", c.layer.hidden);
  c.poolerActivation = config.get<std::string>("pooler_act", "tanh");
  c.encoderStride = positiveSizeOr(config, "encoder_stride", 16);
}

void vit(VitConfig& c, const JsonField& config) {
  c.base = "vit";
  readBias(c, config);
  readPooler(c, config);
}

void deit(VitConfig& c, const JsonField& config) {
  vit(c, config);
  c.base = "deit";
  c.embedding.distillationToken = true;
}

void beit(VitConfig& c, const JsonField& config) {
  c.base = "beit";
  c.layer.keyBias = false;
  if (config.get("layer_scale_init_value", 0.1) > 0) {
    c.layer.names.attentionScale = "lambda_1";
    c.layer.names.mlpScale = "lambda_2";
  }
  if (config.get("use_mask_token", false)) c.embedding.maskToken = MaskToken::kFull;
  c.embedding.positions = config.get("use_absolute_position_embeddings", false)
                              ? Positions::kInterpolated
                              : Positions::kNone;
  c.layerBias = config.get("use_relative_position_bias", false);
  c.sharedBias = config.get("use_shared_relative_position_bias", false);
  c.meanPooling = config.get("use_mean_pooling", true);
  c.vocab = positiveSizeOr(config, "vocab_size", 8192);
  c.poolScales = config.get("pool_scales", std::vector<std::int64_t>{1, 2, 3, 6});
  for (const std::int64_t side : c.poolScales)
    if (side < 1 || side > 1024) throw config["pool_scales"].error("expected sizes of 1 to 1024");
  c.pyramid = config.get("add_fpn", false);
  // Files of before backbones call it otherwise.
  readBackbone(c, config, config.has("out_indices") ? "out_indices" : "segmentation_indices");
}

void dinov2(VitConfig& c, const JsonField& config) {
  c.base = "dinov2";
  readBias(c, config);
  VitLayerConfig& layer = c.layer;
  layer.names.attentionScale = "layer_scale1.lambda1";
  layer.names.mlpScale = "layer_scale2.lambda1";
  layer.names.normBefore = "norm1";
  layer.names.normAfter = "norm2";
  layer.gated = config.get("use_swiglu_ffn", false);
  layer.names.up = layer.gated ? "mlp.weights_in" : "mlp.fc1";
  layer.names.down = layer.gated ? "mlp.weights_out" : "mlp.fc2";
  const std::int64_t wide = layer.hidden * positiveSizeOr(config, "mlp_ratio", 4);
  layer.ffn = layer.gated ? (wide * 2 / 3 + 7) / 8 * 8 : wide;
  if (layer.gated) layer.activation = "silu";
  c.embedding.positions = Positions::kInterpolated;
  if (config.get("use_mask_token", true)) c.embedding.maskToken = MaskToken::kFlat;
  c.normalizeMaps = config.get("apply_layernorm", true);
  readBackbone(c, config);
}

/// Its head looks at hidden states after layers that are counted from 0. In place of the first two
/// a hybrid has maps.
void dpt(VitConfig& c, const JsonField& config) {
  c.base = "dpt";
  readBias(c, config);
  readPooler(c, config);
  c.embedding.positions = Positions::kBilinear;
  c.spatialMaps = false;
  auto layers = config.get("backbone_out_indices", std::vector<std::int64_t>{2, 5, 8, 11});
  if (config.get("is_hybrid", false))
    layers.erase(layers.begin(), layers.begin() + std::min<std::ptrdiff_t>(2, std::ssize(layers)));
  for (const std::int64_t layer : layers) {
    if (layer < 0 || layer >= c.layers)
      throw config["backbone_out_indices"].error(
          fmt::format("layer {} is not there; this model has {}", layer, c.layers));
    c.outStages.push_back(static_cast<std::size_t>(layer) + 1);
  }
  std::sort(c.outStages.begin(), c.outStages.end());
}

void yolos(VitConfig& c, const JsonField& config) {
  c.base = "vit";
  if (!config.has("image_size")) c.embedding.image = {512, 864};
  readBias(c, config);
  c.poolerSize = c.layer.hidden;
  c.embedding.positions = Positions::kInterpolated;
  c.embedding.detectionTokens = positiveSizeOr(config, "num_detection_tokens", 100);
  c.midPositions = config.get("use_mid_position_embeddings", true);
}

using Reader = void (*)(VitConfig&, const JsonField&);

struct Row {
  Reader read;
  std::int64_t image, patch;
  double normEps;
};

const std::map<std::string, Row>& readers() {
  static const std::map<std::string, Row> table{
      {"beit", {beit, 224, 16, 1e-12}},    {"deit", {deit, 224, 16, 1e-12}},
      {"dinov2", {dinov2, 224, 14, 1e-6}}, {"dpt", {dpt, 384, 16, 1e-12}},
      {"vit", {vit, 224, 16, 1e-12}},      {"yolos", {yolos, 512, 16, 1e-12}}};
  return table;
}

}  // namespace

VitConfig VitConfig::read(const JsonField& config) {
  VitConfig c;
  c.modelType = config.require<std::string>("model_type");
  const Row& row = readers().at(c.modelType);
  VitLayerConfig& layer = c.layer;
  layer.hidden = positiveSizeOr(config, "hidden_size", 768);
  layer.heads = positiveSizeOr(config, "num_attention_heads", 12);
  c.layers =
      config.has("num_hidden_layers") ? positiveSize(config, "num_hidden_layers", kMaxLayers) : 12;
  if (c.modelType != "dinov2") layer.ffn = positiveSizeOr(config, "intermediate_size", 3072);
  if (layer.hidden % layer.heads != 0)
    throw config.error(fmt::format("the hidden size {} is not a multiple of the {} heads",
                                   layer.hidden, layer.heads));
  layer.normEps = config.get("layer_norm_eps", row.normEps);
  layer.activation = config.get<std::string>("hidden_act", "gelu");
  c.embedding.image = sizeField(config, "image_size", row.image);
  c.embedding.patch = sizeField(config, "patch_size", row.patch);
  c.embedding.channels = positiveSizeOr(config, "num_channels", 3);
  c.labels = labelCount(config);
  row.read(c, config);
  return c;
}

ModelShape shapeOf(const VitConfig& c) {
  return {.hidden = c.layer.hidden,
          .heads = c.layer.heads,
          .kvHeads = c.layer.heads,
          .headDim = c.layer.hidden / c.layer.heads,
          .ffn = c.layer.ffn,
          .layers = c.layers};
}

ModelShape vitShape(const JsonField& config) {
  return shapeOf(VitConfig::read(config));
}

}  // namespace orrery::models::vision
