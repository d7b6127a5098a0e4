#pragma once

#include "core/models/multimodal/two_tower_config.h"
#include "core/models/text/encoder_config.h"

namespace orrery::models::multimodal {

/// BLIP (Li et al. 2022): a vision tower, and a BERT that looks at it.
struct BlipConfig {
  VisionTowerConfig vision;
  text::EncoderConfig text;
  std::int64_t projection = 0;  ///< of both towers, to compare them

  static BlipConfig read(const JsonField& config);
};

}  // namespace orrery::models::multimodal
