#pragma once

#include "core/models/multimodal/two_tower_config.h"
#include "core/models/text/text_config.h"

namespace orrery::models::multimodal {

/// LLaVA (Liu et al. 2023): what an inner layer of a picture's tower says, in the words of a text
/// model.
struct LlavaConfig {
  VisionTowerConfig vision;
  text::TextConfig text;
  std::int64_t imageToken = 0;
  std::vector<std::int64_t> layers;  ///< of the tower; 0: what enters the first
  bool dropsFirst = false;           ///< leaves out the place of the class token
  std::string activation;            ///< between the projector's two layers
  bool projectorBias = true;

  static LlavaConfig read(const JsonField& config);
};

}  // namespace orrery::models::multimodal
