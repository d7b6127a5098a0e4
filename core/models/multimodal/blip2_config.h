#pragma once

#include <variant>

#include "core/models/multimodal/two_tower_config.h"
#include "core/models/text/encoder_config.h"
#include "core/models/text/t5_config.h"
#include "core/models/text/text_config.h"

namespace orrery::models::multimodal {

/// The Q-Former: queries that look at a picture, or at a text, or both.
struct QFormerConfig {
  text::EncoderConfig encoder;  ///< crossHidden: the width of the picture's tokens
  std::int64_t crossEvery = 2;  ///< layers 0, crossEvery, … look at the picture
  bool readsText = false;       ///< tokens have a feed-forward part beside that of queries
  std::int64_t queries = 32;
};

/// BLIP-2 (Li et al. 2023): a frozen vision tower, the Q-Former, and a language model.
struct Blip2Config {
  VisionTowerConfig vision;
  QFormerConfig qformer;
  std::int64_t projection = 256;           ///< of pictures and texts, to compare them
  std::optional<std::int64_t> imageToken;  ///< holds the place of a query in a prompt

  /// Without the language model's part, which classes that only compare do not have.
  static Blip2Config read(const JsonField& config);
};

/// The language model: a decoder, or T5.
std::variant<text::TextConfig, text::T5Config> readBlip2Text(const JsonField& config);

ModelShape blip2Shape(const JsonField& config);

}  // namespace orrery::models::multimodal
