#pragma once

#include "core/models/vision/vision_config.h"

namespace orrery::models::vision {

/// SegFormer and GLPN, whose encoder is a Mix Transformer. A config's fields, by transformers'
/// names and with its defaults.
struct MixConfig {
  struct Stage {
    std::int64_t depth = 0, hidden = 0, heads = 0, ffn = 0;
    std::int64_t patch = 0, stride = 0;
    std::int64_t reduction = 1;  ///< keys and values have that many times fewer rows and columns
  };

  std::string modelType;
  std::int64_t channels = 3;
  std::vector<Stage> stages;
  std::string activation = "gelu";
  std::int64_t decoderHidden = 0;
  std::int64_t labels = 2;
  bool mapAtEnd = true;        ///< SegFormer: whether the base model's output is a map
  double maxDepth = 10;        ///< GLPN: what a depth of 1 means
  std::int64_t headIndex = 0;  ///< GLPN: the stage of the decoder that the head looks at

  static MixConfig read(const JsonField& config);
};

ModelShape mixShape(const JsonField& config);

}  // namespace orrery::models::vision
