#include "core/models/vision/mobilevit_config.h"

#include <cmath>

#include "core/models/config_fields.h"

namespace orrery::models::vision {
namespace {

constexpr std::int64_t kMaxWidth = 65'536;

/// A list of exactly `count` sizes.
std::vector<std::int64_t> sizes(const JsonField& config, const char* key,
                                std::vector<std::int64_t> otherwise) {
  const std::size_t count = otherwise.size();
  auto found = stageNumbers(config, key, std::move(otherwise), 1, kMaxWidth);
  if (found.size() != count) throw config[key].error(fmt::format("expected {} sizes", count));
  return found;
}

VitLayerConfig layerOf(const JsonField& config, std::int64_t hidden) {
  VitLayerConfig layer;
  layer.hidden = hidden;
  layer.heads = positiveSizeOr(config, "num_attention_heads", 4);
  if (hidden % layer.heads != 0)
    throw config["hidden_sizes"].error(
        fmt::format("{} is not a multiple of the {} heads", hidden, layer.heads));
  layer.ffn =
      static_cast<std::int64_t>(static_cast<double>(hidden) * widthFactor(config, "mlp_ratio", 2));
  layer.normEps = config.get("layer_norm_eps", 1e-5);
  layer.activation = config.get<std::string>("hidden_act", "silu");
  layer.queryBias = layer.keyBias = layer.valueBias = config.get("qkv_bias", true);
  return layer;
}

void readStages(MobileViTConfig& c, const JsonField& config) {
  const auto hidden = sizes(config, "hidden_sizes", {144, 192, 240});
  const auto neck = sizes(config, "neck_hidden_sizes", {16, 32, 64, 96, 128, 160, 640});
  const double expansion = widthFactor(config, "expand_ratio", 4);
  const auto inverted = [&](std::int64_t in, std::int64_t out, std::int64_t stride) {
    const double wide = std::nearbyint(static_cast<double>(in) * expansion);
    return InvertedSizes{in, makeDivisible(wide, 8, 8), out, stride};
  };
  c.stem = neck[0];
  c.last = neck[6];
  c.firstStages = {{inverted(neck[0], neck[1], 1)},
                   {inverted(neck[1], neck[2], 2), inverted(neck[2], neck[2], 1),
                    inverted(neck[2], neck[2], 1)}};
  constexpr std::array<std::int64_t, 3> kLayers{2, 4, 3};
  const std::int64_t outputStride = config.get("output_stride", std::int64_t{32});
  std::int64_t dilation = 1;
  for (std::size_t i = 0; i < kLayers.size(); ++i) {
    MobileViTConfig::Stage stage{inverted(neck[i + 2], neck[i + 3], 2), layerOf(config, hidden[i]),
                                 kLayers[i]};
    // Instead of halving the picture, kernels look further.
    const bool dilates =
        (i == 1 && outputStride == 8) || (i == 2 && (outputStride == 8 || outputStride == 16));
    if (dilates) dilation *= 2;
    if (dilation > 1) stage.smaller.stride = 1;
    if (dilation > 1) stage.smaller.dilation = dilation / 2;
    c.stages.push_back(stage);
  }
}

}  // namespace

MobileViTConfig MobileViTConfig::read(const JsonField& config) {
  MobileViTConfig c;
  c.channels = positiveSizeOr(config, "num_channels", 3);
  readStages(c, config);
  c.patch = config.has("patch_size") ? positiveSize(config, "patch_size", 1024) : 2;
  c.kernel = config.has("conv_kernel_size") ? positiveSize(config, "conv_kernel_size", 1024) : 3;
  c.normEps = c.stages.front().layer.normEps;
  c.style.activation = c.stages.front().layer.activation;
  c.pyramidWidth = positiveSizeOr(config, "aspp_out_channels", 256);
  c.pyramidRates = sizes(config, "atrous_rates", {6, 12, 18});
  c.labels = labelCount(config);
  return c;
}

ModelShape mobileViTShape(const JsonField& config) {
  const auto c = MobileViTConfig::read(config);
  const VitLayerConfig& layer = c.stages.back().layer;
  std::int64_t layers = 0;
  for (const auto& stage : c.stages) layers += stage.layers;
  return {.hidden = layer.hidden,
          .heads = layer.heads,
          .kvHeads = layer.heads,
          .headDim = layer.hidden / layer.heads,
          .ffn = layer.ffn,
          .layers = layers};
}

}  // namespace orrery::models::vision
