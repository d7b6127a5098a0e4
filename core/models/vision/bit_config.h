#pragma once

#include "core/models/model_config.h"

namespace orrery::models::vision {

/// Big Transfer (Kolesnikov et al. 2019): ResNets with group norms and standardised weights.
struct BitConfig {
  enum class Layer { kPreactivation, kBottleneck };
  struct Stage {
    std::int64_t width = 0;   ///< channels of what comes out
    std::int64_t middle = 0;  ///< channels inside a layer
    std::int64_t depth = 0, stride = 1, dilation = 1;
  };

  std::int64_t channels = 3, embedding = 64, groups = 32;
  std::vector<Stage> stages;
  std::int64_t lastWidth = 0;  ///< channels that the final norm and a classifier are made for
  Layer layer = Layer::kPreactivation;
  std::string activation;
  bool samePadding = false;  ///< TensorFlow's padding of convolutions, and none before the pool
  bool samePool = false;     ///< TensorFlow's padding of the pool after the stem
  std::vector<std::size_t> outStages;  ///< of the backbone; 0 is the stem
  std::int64_t labels = 2;

  static BitConfig read(const JsonField& config);
};

ModelShape bitShape(const JsonField& config);

}  // namespace orrery::models::vision
