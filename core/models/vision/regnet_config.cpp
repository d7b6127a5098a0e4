#include "core/models/vision/regnet_config.h"

#include <numeric>

#include "core/models/config_fields.h"
#include "core/models/vision/vision_config.h"

namespace orrery::models::vision {

RegNetConfig RegNetConfig::read(const JsonField& config) {
  RegNetConfig c;
  c.channels = positiveSizeOr(config, "num_channels", 3);
  c.embedding = positiveSizeOr(config, "embedding_size", 32);
  c.hiddenSizes = stageNumbers(config, "hidden_sizes", {128, 192, 512, 1088});
  c.depths = depthsOr(config, {2, 6, 12, 2}, c.hiddenSizes.size());
  c.groupsWidth = positiveSizeOr(config, "groups_width", 64);
  for (const std::int64_t width : c.hiddenSizes)
    if (width % std::max<std::int64_t>(1, width / c.groupsWidth) != 0)
      throw config["groups_width"].error(
          fmt::format("{} channels cannot be split into groups of {}", width, c.groupsWidth));
  const auto layer = config.get<std::string>("layer_type", "y");
  if (layer != "x" && layer != "y") throw config["layer_type"].error("expected \"x\" or \"y\"");
  c.squeezes = layer == "y";
  c.activation = config.get<std::string>("hidden_act", "relu");
  c.downsampleFirstStage = config.get("downsample_in_first_stage", true);
  c.labels = labelCount(config);
  return c;
}

ModelShape regNetShape(const JsonField& config) {
  const auto c = RegNetConfig::read(config);
  return {.hidden = c.hiddenSizes.back(),
          .layers = std::accumulate(c.depths.begin(), c.depths.end(), std::int64_t{0})};
}

}  // namespace orrery::models::vision
