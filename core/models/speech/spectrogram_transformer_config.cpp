#include "core/models/speech/spectrogram_transformer_config.h"

#include "core/models/config_fields.h"

namespace orrery::models::speech {

using Config = SpectrogramTransformerConfig;

Config Config::read(const JsonField& config) {
  Config c;
  vision::VitLayerConfig& layer = c.layer;
  layer.hidden = positiveSizeOr(config, "hidden_size", 768);
  layer.heads = positiveSizeOr(config, "num_attention_heads", 12);
  layer.ffn = positiveSizeOr(config, "intermediate_size", 3072);
  if (layer.hidden % layer.heads != 0)
    throw config.error(fmt::format("the hidden size {} is not a multiple of the {} heads",
                                   layer.hidden, layer.heads));
  layer.normEps = config.get("layer_norm_eps", 1e-12);
  layer.activation = config.get<std::string>("hidden_act", "gelu");
  layer.queryBias = layer.keyBias = layer.valueBias = config.get("qkv_bias", true);
  c.layers = positiveSizeOr(config, "num_hidden_layers", c.layers, kMaxLayers);
  c.patch = positiveSizeOr(config, "patch_size", c.patch, vision::kMaxImageSide);
  c.frequencyStride = positiveSizeOr(config, "frequency_stride", c.frequencyStride);
  c.timeStride = positiveSizeOr(config, "time_stride", c.timeStride);
  c.frames = positiveSizeOr(config, "max_length", c.frames);
  c.mels = positiveSizeOr(config, "num_mel_bins", c.mels);
  if (c.patch > c.frames || c.patch > c.mels)
    throw config.error(fmt::format("a patch of {} does not fit into {} frames of {} bins", c.patch,
                                   c.frames, c.mels));
  c.labels = labelCount(config);
  return c;
}

ModelShape spectrogramTransformerShape(const JsonField& config) {
  const auto c = Config::read(config);
  return {.hidden = c.layer.hidden,
          .heads = c.layer.heads,
          .kvHeads = c.layer.heads,
          .headDim = c.layer.hidden / c.layer.heads,
          .ffn = c.layer.ffn,
          .layers = c.layers};
}

}  // namespace orrery::models::speech
