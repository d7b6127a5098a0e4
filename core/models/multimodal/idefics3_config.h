#pragma once

#include "core/models/multimodal/two_tower_config.h"
#include "core/models/text/text_config.h"

namespace orrery::models::multimodal {

/// Idefics3 (Laurençon et al. 2024) and SmolVLM: squares of patches become one token each.
struct Idefics3Config {
  VisionTowerConfig vision;
  text::TextConfig text;
  std::int64_t imageToken = 0;
  std::int64_t scale = 2;  ///< patches along a side of such a square

  static Idefics3Config read(const JsonField& config);
};

}  // namespace orrery::models::multimodal
