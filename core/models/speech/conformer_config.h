#pragma once

#include <string>

#include "core/models/speech/heads_config.h"

namespace orrery::models::speech {

/// wav2vec2-bert: a conformer (Gulati et al. 2020) over spectrograms. A config's fields, by
/// transformers' names and with its defaults.
struct ConformerConfig {
  enum class Positions {
    kNone,
    kRotary,       ///< query and key turned before they are projected
    kRelative,     ///< Transformer-XL's: a sine for each distance
    kRelativeKey,  ///< a learned key for each distance up to a limit on both sides
  };

  HeadsConfig heads;
  std::int64_t hidden = 1024, layers = 24, attentionHeads = 16, ffn = 4096, features = 160;
  double normEps = 1e-5;
  std::string activation = "swish";
  std::int64_t kernel = 31;  ///< of the convolution over frames
  Positions positions = Positions::kRelativeKey;
  double rotaryBase = 10000;
  std::int64_t left = 64, right = 8;  ///< kRelativeKey: furthest distances
  bool maskToken = false;             ///< the checkpoint has a vector for frames that are hidden
  bool intermediate = false;          ///< one more feed-forward net before the adapter
  struct {
    std::int64_t layers = 0;  ///< 0: none
    std::int64_t hidden = 0, kernel = 3, stride = 2;
    std::string activation = "relu";
  } adapter;

  static ConformerConfig read(const JsonField& config);
};

ModelShape conformerShape(const JsonField& config);

}  // namespace orrery::models::speech
