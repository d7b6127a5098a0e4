#pragma once

#include "core/models/model_config.h"

namespace orrery::models::multimodal {

/// A vision model whose tokens a text decoder looks at (TrOCR, captioners of ViT and GPT-2).
struct VisionEncoderDecoderConfig {
  std::string encoderClass;        ///< transformers' class of the encoder: "ViTModel"
  std::int64_t encoderHidden = 0;  ///< width of its tokens
  ModelShape decoder;
  bool projected = false;  ///< tokens are brought to the decoder's width first

  static VisionEncoderDecoderConfig read(const JsonField& config);
};

ModelShape visionEncoderDecoderShape(const JsonField& config);

}  // namespace orrery::models::multimodal
