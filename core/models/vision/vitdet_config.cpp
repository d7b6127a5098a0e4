#include "core/models/vision/vitdet_config.h"

#include "core/models/config_fields.h"
#include "core/models/vision/mobilenet_config.h"

namespace orrery::models::vision {
namespace {

std::set<std::int64_t> indices(const JsonField& config, const char* key) {
  const auto list = config.get(key, std::vector<std::int64_t>{});
  return {list.begin(), list.end()};
}

/// Patches that fit into a picture of size `key`; at least one each way.
Size gridOf(const JsonField& config, const char* key, Size patch) {
  const Size image = sizeField(config, key, 224);
  const Size grid{image.height / patch.height, image.width / patch.width};
  if (grid.height == 0 || grid.width == 0)
    throw config.error(fmt::format("{} is smaller than patch_size", key));
  return grid;
}

}  // namespace

VitDetConfig VitDetConfig::read(const JsonField& config) {
  VitDetConfig c;
  c.hidden = positiveSizeOr(config, "hidden_size", 768);
  c.heads = positiveSizeOr(config, "num_attention_heads", 12);
  if (c.hidden % c.heads != 0)
    throw config.error(
        fmt::format("the hidden size {} is not a multiple of the {} heads", c.hidden, c.heads));
  c.layers =
      config.has("num_hidden_layers") ? positiveSize(config, "num_hidden_layers", kMaxLayers) : 12;
  c.ffn = static_cast<std::int64_t>(static_cast<double>(c.hidden) *
                                    widthFactor(config, "mlp_ratio", 4));
  c.channels = positiveSizeOr(config, "num_channels", 3);
  c.patch = sizeField(config, "patch_size", 16);
  c.grid = gridOf(config, "image_size", c.patch);
  const Size trained = gridOf(config, "pretrain_image_size", c.patch);
  if (config.get("use_absolute_position_embeddings", true))
    c.positions = trained.height * trained.width;
  c.qkvBias = config.get("qkv_bias", true);
  c.relativePositions = config.get("use_relative_position_embeddings", false);
  c.windowLayers = indices(config, "window_block_indices");
  c.residualLayers = indices(config, "residual_block_indices");
  c.window = config.get("window_size", std::int64_t{0});
  if (c.window < 0 || c.window > kMaxImageSide)
    throw config["window_size"].error(fmt::format("expected 0 to {}", kMaxImageSide));
  c.normEps = config.get("layer_norm_eps", 1e-6);
  c.activation = config.get<std::string>("hidden_act", "gelu");
  c.outStages = vision::outStages(config, numberedStages(static_cast<std::size_t>(c.layers)));
  return c;
}

ModelShape vitDetShape(const JsonField& config) {
  const auto c = VitDetConfig::read(config);
  return {.hidden = c.hidden,
          .heads = c.heads,
          .kvHeads = c.heads,
          .headDim = c.hidden / c.heads,
          .ffn = c.ffn,
          .layers = c.layers};
}

VitMatteConfig VitMatteConfig::read(const JsonField& config) {
  VitMatteConfig c;
  c.hidden = positiveSizeOr(config, "hidden_size", 384);
  c.normEps = config.get("batch_norm_eps", 1e-5);
  c.streamSizes = stageNumbers(config, "convstream_hidden_sizes", {48, 96, 192});
  c.fusionSizes = stageNumbers(config, "fusion_hidden_sizes", {256, 128, 64, 32});
  if (c.fusionSizes.size() != c.streamSizes.size() + 1)
    throw config["fusion_hidden_sizes"].error(fmt::format(
        "expected {} sizes, one more than convstream_hidden_sizes", c.streamSizes.size() + 1));
  return c;
}

ModelShape vitMatteShape(const JsonField& config) {
  VitMatteConfig::read(config);
  return backboneShape(config["backbone_config"]);
}

}  // namespace orrery::models::vision
