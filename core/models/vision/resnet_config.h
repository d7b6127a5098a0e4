#pragma once

#include "core/models/model_config.h"

namespace orrery::models::vision {

/// ResNet (He et al. 2015) in the forms of transformers' resnet and rt_detr_resnet.
struct ResNetConfig {
  enum class Layer { kBasic, kBottleneck };

  std::int64_t channels = 3, embedding = 64;
  std::vector<std::int64_t> hiddenSizes, depths;  ///< of each stage
  Layer layer = Layer::kBottleneck;
  std::string activation;       ///< after the stem and each layer; inside it is ReLU
  bool deepStem = false;        ///< three 3x3 convolutions instead of one 7x7 (RT-DETR)
  bool pooledShortcut = false;  ///< a shortcut halves by an average pool (RT-DETR)
  bool downsampleFirstStage = false;
  bool downsampleFirstConvolution = false;  ///< of a bottleneck, rather than the 3x3
  std::vector<std::size_t> outStages;       ///< of the backbone; 0 is the stem
  std::int64_t labels = 2;

  static ResNetConfig read(const JsonField& config);
};

ModelShape resNetShape(const JsonField& config);

}  // namespace orrery::models::vision
