#pragma once

#include <set>

#include "core/models/vision/vision_config.h"

namespace orrery::models::vision {

/// ViTDet (Li et al. 2022): a vision transformer that keeps its tokens as a map, with windows.
struct VitDetConfig {
  std::int64_t hidden = 768, layers = 12, heads = 12, ffn = 3072, channels = 3;
  Size patch, grid;            ///< pixels of a patch; patches of a picture
  std::int64_t positions = 0;  ///< absolute ones, of a square of patches; 0: none
  bool qkvBias = true, relativePositions = false;
  std::int64_t window = 0;
  std::set<std::int64_t> windowLayers;    ///< these see windows
  std::set<std::int64_t> residualLayers;  ///< these end with convolutions
  double normEps = 1e-6;
  std::string activation;
  std::vector<std::size_t> outStages;  ///< of the backbone; 0 is the stem

  static VitDetConfig read(const JsonField& config);
};

ModelShape vitDetShape(const JsonField& config);

/// ViTMatte (Yao et al. 2023): which part of each pixel is the object.
struct VitMatteConfig {
  std::int64_t hidden = 384;  ///< channels of the backbone's map
  double normEps = 1e-5;
  std::vector<std::int64_t> streamSizes;  ///< channels of the details, ever coarser
  std::vector<std::int64_t> fusionSizes;  ///< channels after each step back to the picture's size

  static VitMatteConfig read(const JsonField& config);
};

ModelShape vitMatteShape(const JsonField& config);

}  // namespace orrery::models::vision
