#pragma once

#include <string>
#include <vector>

#include "core/models/model_config.h"

namespace orrery::models::speech {

/// A model of sounds whose frames a text decoder looks at.
struct SpeechEncoderDecoderConfig {
  struct Shortening {
    std::int64_t kernel = 1, stride = 1, padding = 0;
  };

  std::string encoderClass;            ///< transformers' class of the encoder: "Wav2Vec2Model"
  bool takesFeatures = false;          ///< input_features instead of input_values
  std::vector<Shortening> shortening;  ///< from what goes in to frames
  std::int64_t encoderHidden = 0;      ///< width of frames
  ModelShape decoder;
  bool projected = false;  ///< frames are brought to the decoder's width first

  static SpeechEncoderDecoderConfig read(const JsonField& config);
};

ModelShape speechEncoderDecoderShape(const JsonField& config);

}  // namespace orrery::models::speech
