#include "core/models/vision/convnext_config.h"

#include <numeric>

#include "core/models/config_fields.h"
#include "core/models/vision/vision_config.h"

namespace orrery::models::vision {

ConvNextConfig ConvNextConfig::read(const JsonField& config) {
  ConvNextConfig c;
  c.modelType = config.require<std::string>("model_type");
  c.responseNorm = c.modelType == "convnextv2";
  const bool third = c.modelType == "dinov3_convnext";
  const double firstScale = config.get("layer_scale_init_value", 1e-6);
  c.layerScale = third || (!c.responseNorm && firstScale > 0);
  c.channels = positiveSizeOr(config, "num_channels", 3);
  c.patch = positiveSizeOr(config, "patch_size", 4);
  c.hiddenSizes = stageNumbers(config, "hidden_sizes", {96, 192, 384, 768});
  c.depths = depthsOr(config, {3, 3, 9, 3}, c.hiddenSizes.size());
  const auto stages = static_cast<std::int64_t>(c.depths.size());
  if (config.get("num_stages", stages) != stages)
    throw config["num_stages"].error(fmt::format("depths and hidden_sizes have {}", stages));
  c.activation = config.get<std::string>("hidden_act", "gelu");
  c.normEps = config.get("layer_norm_eps", third ? 1e-6 : 1e-12);
  c.outStages = vision::outStages(config, numberedStages(c.depths.size()));
  c.labels = labelCount(config);
  return c;
}

ModelShape convNextShape(const JsonField& config) {
  const auto c = ConvNextConfig::read(config);
  return {.hidden = c.hiddenSizes.back(),
          .ffn = 4 * c.hiddenSizes.back(),
          .layers = std::accumulate(c.depths.begin(), c.depths.end(), std::int64_t{0})};
}

}  // namespace orrery::models::vision
