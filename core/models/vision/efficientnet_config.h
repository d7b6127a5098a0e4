#pragma once

#include "core/models/model_config.h"

namespace orrery::models::vision {

/// EfficientNet (Tan & Le 2019).
struct EfficientNetConfig {
  struct Block {
    std::int64_t in, expanded, squeezed, out, kernel, stride;
    bool expands;           ///< has a convolution that widens
    bool residual;          ///< the input is added
    bool symmetricPadding;  ///< where it halves the picture; else one pixel less at the beginning
  };
  std::int64_t channels = 3, stem = 32, last = 1280;
  std::vector<Block> blocks;
  double normEps = 0.001;
  std::string activation;
  bool maxPooling = false;
  std::int64_t labels = 2;

  static EfficientNetConfig read(const JsonField& config);
};

ModelShape efficientNetShape(const JsonField& config);

}  // namespace orrery::models::vision
