#pragma once

#include "core/models/model_config.h"

namespace orrery::models::vision {

/// RT-DETR (Zhao et al. 2023). Defaults are those of transformers.
struct RtDetrConfig {
  // The encoder: attention within some levels, convolutions between all.
  std::int64_t encoderDim = 256, encoderLayers = 1, encoderHeads = 8, encoderFfn = 1024;
  std::vector<std::int64_t> encoderChannels;  ///< of the backbone's maps
  std::vector<std::int64_t> attentionLevels;  ///< levels with attention
  double temperature = 10'000;                ///< of their sines
  bool positions = true;                      ///< whether they have sines
  bool normFirst = false;
  std::int64_t blockDim = 256;  ///< channels inside of a fusing block
  std::string encoderActivation, activation, decoderActivation;

  std::int64_t hidden = 256, queries = 300, levels = 3, points = 4;
  std::int64_t decoderLayers = 6, decoderHeads = 8, decoderFfn = 1024;
  std::vector<std::int64_t> decoderChannels;  ///< of the encoder's maps
  double layerNormEps = 1e-5, batchNormEps = 1e-5;
  std::int64_t labels = 2;

  /// Reads a config.json of model_type "rt_detr". An Error names the field that does not fit.
  static RtDetrConfig read(const JsonField& config);
};

ModelShape rtDetrShape(const JsonField& config);

}  // namespace orrery::models::vision
