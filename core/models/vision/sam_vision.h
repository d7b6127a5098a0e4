#pragma once

#include "core/models/vision/sam_config.h"
#include "core/nn/attention.h"
#include "core/nn/convolution.h"
#include "core/nn/norm.h"

namespace orrery::models::vision {

/// SAM's picture encoder: a vision transformer whose layers see windows, and a few of them the
/// whole picture, with relative positions by rows and columns.
class SamVisionEncoder {
 public:
  SamVisionEncoder(const nn::Weights& weights, const SamVisionConfig& config);
  ~SamVisionEncoder();

  /// pixelValues [batch, channels, imageSize, imageSize] → [batch, outChannels, grid, grid]. An
  /// Error tells the size that was expected.
  at::Tensor forward(const at::Tensor& pixelValues, const nn::Observer* observer = nullptr,
                     const CancelToken* cancel = nullptr) const;

 private:
  class Block;

  SamVisionConfig config_;
  nn::Conv2d patches_, neck1_, neck2_;
  at::Tensor positions_;  ///< [1, grid, grid, hidden] or undefined
  std::vector<Block> blocks_;
  nn::LayerNorm neckNorm1_, neckNorm2_;
};

}  // namespace orrery::models::vision
