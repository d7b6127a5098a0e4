#include "core/models/vision/swin_config.h"

#include <algorithm>
#include <numeric>

#include "core/models/config_fields.h"

namespace orrery::models::vision {
SwinConfig SwinConfig::read(const JsonField& config) {
  SwinConfig c;
  c.modelType = config.require<std::string>("model_type");
  c.second = c.modelType == "swinv2";
  c.image = sizeField(config, "image_size", 224);
  c.patch = sizeField(config, "patch_size", 4);
  c.channels = positiveSizeOr(config, "num_channels", 3);
  c.embedDim = config.has("embed_dim") ? positiveSize(config, "embed_dim", 65'536) : 96;
  c.window = config.has("window_size") ? positiveSize(config, "window_size", 1024) : 7;
  c.depths = stageNumbers(config, "depths", {2, 2, 6, 2}, 1, kMaxLayers);
  c.heads = stageNumbers(config, "num_heads", {3, 6, 12, 24}, 1, 65'536);
  if (c.heads.size() < c.depths.size())
    throw config.error(fmt::format("num_heads has {} stages, expected {} as depths", c.heads.size(),
                                   c.depths.size()));
  for (std::size_t i = 0; i < c.depths.size(); ++i)
    if (c.width(i) % c.heads[i] != 0)
      throw config["num_heads"].error(
          fmt::format("the {} channels of stage {} are not a multiple of {} heads", c.width(i),
                      i + 1, c.heads[i]));
  if (c.second)
    c.pretrainedWindows = stageNumbers(config, "pretrained_window_sizes",
                                       std::vector<std::int64_t>(c.depths.size(), 0), 0, 1024);
  if (c.second && c.pretrainedWindows.size() < c.depths.size())
    throw config["pretrained_window_sizes"].error("expected one for each stage");
  c.mlpRatio = config.get("mlp_ratio", 4.0);
  if (c.mlpRatio <= 0 || c.mlpRatio > 1024) throw config["mlp_ratio"].error("expected 0 to 1024");
  c.normEps = config.get("layer_norm_eps", 1e-5);
  c.qkvBias = config.get("qkv_bias", true);
  c.absolutePositions = config.get("use_absolute_embeddings", false);
  if (c.second && c.absolutePositions)
    throw config["use_absolute_embeddings"].error(
        "true is not supported: transformers' own swinv2 cannot run with it");
  c.activation = config.get<std::string>("hidden_act", "gelu");
  c.encoderStride = positiveSizeOr(config, "encoder_stride", 32);
  c.labels = labelCount(config);
  c.outStages = vision::outStages(config, numberedStages(c.depths.size()));
  return c;
}

ModelShape swinShape(const JsonField& config) {
  const auto c = SwinConfig::read(config);
  const std::size_t last = c.depths.size() - 1;
  return {.hidden = c.features(),
          .heads = c.heads[last],
          .kvHeads = c.heads[last],
          .headDim = c.features() / c.heads[last],
          .ffn = static_cast<std::int64_t>(c.mlpRatio * static_cast<double>(c.features())),
          .layers = std::accumulate(c.depths.begin(), c.depths.end(), std::int64_t{0})};
}

}  // namespace orrery::models::vision
