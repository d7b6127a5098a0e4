#pragma once

#include <set>
#include <string>

#include "core/models/model_config.h"

namespace orrery::models::vision {

/// The picture's encoder: a vision transformer with windows. Defaults are those of transformers.
struct SamVisionConfig {
  std::int64_t hidden = 768, layers = 12, heads = 12, ffn = 0, channels = 3, outChannels = 256;
  std::int64_t imageSize = 1024, patch = 16;  ///< pixels
  std::int64_t window = 14;                   ///< patches; 0: every layer sees the whole picture
  std::set<std::int64_t> globalLayers;        ///< these see the whole picture
  std::int64_t positionFeatures = 128;
  double normEps = 1e-6;
  std::string activation;
  bool qkvBias = true, absolutePositions = true, relativePositions = true;

  std::int64_t grid() const { return imageSize / patch; }  ///< patches along a side

  /// Reads a vision_config, or the config of a sam_vision_model. An Error names the field that does
  /// not fit.
  static SamVisionConfig read(const JsonField& config);
};

struct SamPromptConfig {
  std::int64_t hidden = 256, imageSize = 1024, patch = 16, maskChannels = 16;
  double normEps = 1e-6;
  std::string activation;

  std::int64_t grid() const { return imageSize / patch; }
};

struct SamMaskConfig {
  std::int64_t hidden = 256, layers = 2, heads = 8, ffn = 2048, downsample = 2, masks = 3;
  std::int64_t scoreLayers = 3, scoreHidden = 256;  ///< of the head that rates masks
  double normEps = 1e-6;
  std::string activation;
};

/// Segment Anything (Kirillov et al. 2023).
struct SamConfig {
  SamVisionConfig vision;
  SamPromptConfig prompt;
  SamMaskConfig mask;
  bool tiedPositions = true;  ///< prompts and picture are placed by the same directions

  /// Reads a config.json of model_type "sam". An Error names the field that does not fit.
  static SamConfig read(const JsonField& config);
};

ModelShape samShape(const JsonField& config);
ModelShape samVisionShape(const JsonField& config);

}  // namespace orrery::models::vision
