#pragma once

#include "core/models/multimodal/two_tower_config.h"
#include "core/models/text/text_config.h"

namespace orrery::models::multimodal {

/// PaliGemma (Beyer et al. 2024): SigLIP's patches before a Gemma, whose prompt sees all of itself.
struct PaliGemmaConfig {
  VisionTowerConfig vision;
  text::TextConfig text;
  std::int64_t imageToken = 0;
  std::int64_t projection = 0;  ///< what patches become; the text model's width

  static PaliGemmaConfig read(const JsonField& config);
};

}  // namespace orrery::models::multimodal
