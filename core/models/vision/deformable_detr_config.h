#pragma once

#include "core/models/model_config.h"

namespace orrery::models::vision {

/// Deformable DETR (Zhu et al. 2021). Defaults are those of transformers.
struct DeformableDetrConfig {
  std::int64_t channels = 3, hidden = 256, queries = 300;
  std::int64_t encoderLayers = 6, encoderHeads = 8, encoderFfn = 1024, encoderPoints = 4;
  std::int64_t decoderLayers = 6, decoderHeads = 8, decoderFfn = 1024, decoderPoints = 4;
  std::int64_t levels = 4;  ///< feature maps, the coarsest made from the backbone's last
  std::string activation;
  bool learnedPositions = false;  ///< of the feature maps; otherwise sines
  bool refine = false;            ///< every decoder layer corrects the boxes of the one before
  bool twoStage = false;          ///< queries are the best places that the encoder found
  std::int64_t proposals = 300;   ///< how many of these
  std::int64_t labels = 2;

  /// Reads a config.json of model_type "deformable_detr". An Error names the field that does not
  /// fit.
  static DeformableDetrConfig read(const JsonField& config);
};

ModelShape deformableDetrShape(const JsonField& config);

}  // namespace orrery::models::vision
