#pragma once

#include "core/nn/weights.h"

namespace orrery::models::multimodal {

/// Where the parts of LLaVA and of models laid out like it lie: files of different ages have them
/// in different places.
struct LlavaScopes {
  explicit LlavaScopes(const nn::Weights& root);

  nn::Weights text;       ///< the decoder without its output layer
  nn::Weights head;       ///< holds lm_head
  nn::Weights tower;      ///< what looks at pictures
  nn::Weights projector;  ///< from the tower's width to the decoder's
};

}  // namespace orrery::models::multimodal
