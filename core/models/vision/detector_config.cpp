#include "core/models/vision/detector_config.h"

#include "core/models/config_fields.h"
#include "core/models/vision/vision_config.h"

namespace orrery::models::vision {

void readBackboneConfig(const JsonField& config) {
  backboneShape(config["backbone_config"]);
}

bool learnedPositions(const JsonField& config) {
  const auto kind = config.get<std::string>("position_embedding_type", "sine");
  if (kind != "sine" && kind != "learned")
    throw config["position_embedding_type"].error(
        fmt::format("{} is not supported; expected sine or learned", quoted(kind)));
  return kind == "learned";
}

void checkTransformer(const JsonField& config, std::int64_t hidden,
                      std::initializer_list<std::int64_t> heads,
                      std::initializer_list<std::int64_t> layers) {
  for (std::int64_t count : heads)
    if (hidden % count != 0)
      throw config.error(
          fmt::format("the hidden size {} is not a multiple of the {} heads", hidden, count));
  for (std::int64_t count : layers)
    if (count > kMaxLayers) throw config.error(fmt::format("more than {} layers", kMaxLayers));
}

}  // namespace orrery::models::vision
