#pragma once

#include <array>

#include "core/models/vision/mobilenet_config.h"
#include "core/models/vision/vit_config.h"

namespace orrery::models::vision {

/// MobileViT (Mehta & Rastegari 2021).
struct MobileViTConfig {
  /// A stage that looks at the whole picture.
  struct Stage {
    InvertedSizes smaller;  ///< first, halves the picture or dilates
    VitLayerConfig layer;
    std::int64_t layers;
  };
  std::int64_t channels = 3, stem = 16, last = 640;
  std::vector<std::vector<InvertedSizes>> firstStages;  ///< of convolutions only
  std::vector<Stage> stages;
  std::int64_t patch = 2, kernel = 3;
  double normEps = 1e-5;
  MobileStyle style;

  std::int64_t pyramidWidth = 256;
  std::vector<std::int64_t> pyramidRates;  ///< dilations of the segmentation head
  std::int64_t labels = 2;

  static MobileViTConfig read(const JsonField& config);
};

ModelShape mobileViTShape(const JsonField& config);

}  // namespace orrery::models::vision
