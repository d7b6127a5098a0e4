#pragma once

#include "core/models/multimodal/two_tower_config.h"
#include "core/models/text/text_config.h"

namespace orrery::models::multimodal {

/// The picture encoder of Qwen2-VL: patches of some frames each, of grids of any size.
struct Qwen2VlVisionConfig {
  StackConfig stack;
  std::int64_t channels = 3, patch = 14, frames = 2;  ///< of what one patch covers
  std::int64_t merge = 2;  ///< patches along a side of the square that becomes a token
  std::int64_t out = 0;    ///< width of a token
  double theta = 10000;    ///< of the rotary embedding of rows and columns

  static Qwen2VlVisionConfig read(const JsonField& config);
};

/// Qwen2-VL (Wang et al. 2024): positions of pictures and videos have time, row and column.
struct Qwen2VlConfig {
  Qwen2VlVisionConfig vision;
  text::DecoderConfig text;
  std::int64_t imageToken = 0, videoToken = 0;

  static Qwen2VlConfig read(const JsonField& config);
};

}  // namespace orrery::models::multimodal
