#pragma once

#include "core/models/model_config.h"
#include "core/models/text/classic_config.h"

namespace orrery::models::speech {

/// Whisper (Radford et al. 2022): an encoder of log-mel frames, and a decoder that writes what is
/// said.
struct WhisperConfig {
  struct Encoder {
    std::int64_t heads = 0, ffn = 0, layers = 0;
  };

  std::int64_t hidden = 0, melBins = 0;
  std::int64_t sourcePositions = 0;  ///< encoder states of one window, which are two frames each
  std::string activation;
  Encoder encoder;
  text::ClassicConfig decoder;
  // Of the head that classifies sounds.
  bool weightedLayerSum = false;
  std::int64_t classifierHidden = 0, labels = 2;

  static WhisperConfig read(const JsonField& config);
};

ModelShape whisperShape(const JsonField& config);

}  // namespace orrery::models::speech
