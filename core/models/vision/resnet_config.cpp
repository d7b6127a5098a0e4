#include "core/models/vision/resnet_config.h"

#include <numeric>

#include "core/models/config_fields.h"
#include "core/models/vision/vision_config.h"

namespace orrery::models::vision {
namespace {

/// With a pool of its own, the shortcut of a basic layer halves the picture wherever the channels
/// change: the reference cannot add the two then unless the layer halves as well.
void checkShortcut(const ResNetConfig& c, const JsonField& config) {
  if (c.pooledShortcut && c.layer == ResNetConfig::Layer::kBasic && !c.downsampleFirstStage &&
      c.embedding != c.hiddenSizes.front())
    throw config["hidden_sizes"].error(fmt::format(
        "begins with {}; basic layers need the embedding_size, {}, unless the first stage halves",
        c.hiddenSizes.front(), c.embedding));
}

}  // namespace

ResNetConfig ResNetConfig::read(const JsonField& config) {
  ResNetConfig c;
  const bool detector = config.require<std::string>("model_type") == "rt_detr_resnet";
  c.deepStem = c.pooledShortcut = detector;
  c.channels = positiveSizeOr(config, "num_channels", 3);
  c.embedding = positiveSizeOr(config, "embedding_size", 64);
  c.hiddenSizes = stageNumbers(config, "hidden_sizes", {256, 512, 1024, 2048});
  c.depths = depthsOr(config, {3, 4, 6, 3}, c.hiddenSizes.size());
  const auto layer = config.get<std::string>("layer_type", "bottleneck");
  if (layer != "basic" && layer != "bottleneck")
    throw config["layer_type"].error("expected \"basic\" or \"bottleneck\"");
  c.layer = layer == "basic" ? Layer::kBasic : Layer::kBottleneck;
  c.activation = config.get<std::string>("hidden_act", "relu");
  c.downsampleFirstStage = config.get("downsample_in_first_stage", false);
  c.downsampleFirstConvolution = config.get("downsample_in_bottleneck", false);
  c.outStages = vision::outStages(config, numberedStages(c.depths.size()));
  c.labels = labelCount(config);
  checkShortcut(c, config);
  return c;
}

ModelShape resNetShape(const JsonField& config) {
  const auto c = ResNetConfig::read(config);
  return {.hidden = c.hiddenSizes.back(),
          .layers = std::accumulate(c.depths.begin(), c.depths.end(), std::int64_t{0})};
}

}  // namespace orrery::models::vision
