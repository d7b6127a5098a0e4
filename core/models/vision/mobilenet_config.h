#pragma once

#include "core/models/model_config.h"

/// MobileNets (Howard et al. 2017, Sandler et al. 2018) and what grew out of them.
namespace orrery::models::vision {

/// `value` rounded to a multiple of `divisor`, to no less than `least` and 0.9 of it.
std::int64_t makeDivisible(double value, std::int64_t divisor, std::int64_t least);

/// A factor of widths: the field, or `otherwise` if it is absent; an Error unless it is over 0 and
/// at most 1024.
double widthFactor(const JsonField& config, std::string_view key, double otherwise);

/// What the convolutions of a MobileNet have in common.
struct MobileStyle {
  bool tensorflowPadding = false;
  double normEps = 1e-5;
  std::string activation;
};

/// An inverted residual: channels before, between and after its convolutions.
struct InvertedSizes {
  std::int64_t in = 0, expanded = 0, out = 0;
  std::int64_t stride = 1, dilation = 1;
};

struct MobileNetV1Config {
  struct Block {
    std::int64_t in, out, stride;
  };
  std::int64_t channels = 3, stem = 32;
  std::vector<Block> blocks;
  MobileStyle style;
  std::int64_t labels = 2;

  static MobileNetV1Config read(const JsonField& config);
};

struct MobileNetV2Config {
  std::int64_t channels = 3, stem = 32;
  bool expandStem = false;  ///< the stem has a 1×1 convolution of its own
  std::vector<InvertedSizes> blocks;
  std::int64_t stemOut = 16, last = 1280;
  MobileStyle style;
  std::int64_t labels = 2;

  static MobileNetV2Config read(const JsonField& config);
};

ModelShape mobileNetV1Shape(const JsonField& config);
ModelShape mobileNetV2Shape(const JsonField& config);

}  // namespace orrery::models::vision
