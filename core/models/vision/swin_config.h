#pragma once

#include "core/models/vision/vision_config.h"

namespace orrery::models::vision {

/// Swin and Swin V2. A config's fields, by transformers' names and with its defaults.
struct SwinConfig {
  std::string modelType;
  bool second = false;  ///< V2: norms after the branches, cosine attention, bias from an MLP
  Size image, patch;
  std::int64_t channels = 3, embedDim = 96, window = 7;
  std::vector<std::int64_t> depths, heads;      ///< of each stage
  std::vector<std::int64_t> pretrainedWindows;  ///< V2: of each stage; 0: the window itself
  double mlpRatio = 4, normEps = 1e-5;
  bool qkvBias = true;
  bool absolutePositions = false;
  std::string activation = "gelu";
  std::int64_t encoderStride = 32;  ///< pixels of a patch that masked image modelling restores
  std::int64_t labels = 2;
  std::vector<std::size_t> outStages;  ///< 0: the embeddings; i: stage i before it is merged

  static SwinConfig read(const JsonField& config);
  /// Channels of the stage with that index, from 0.
  std::int64_t width(std::size_t stage) const { return embedDim << stage; }
  std::int64_t features() const { return width(depths.size() - 1); }
};

ModelShape swinShape(const JsonField& config);

}  // namespace orrery::models::vision
