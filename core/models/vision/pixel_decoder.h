#pragma once

#include "core/models/vision/deformable_layers.h"
#include "core/models/vision/resize_like.h"
#include "core/models/vision/segmenter_config.h"
#include "core/nn/convolution.h"

namespace orrery::models::vision {

/// A convolution without a bias, a group norm and, if asked for, a ReLU: `<first>` and `<first +
/// 1>` of a scope.
class ConvGroupNorm {
 public:
  ConvGroupNorm() = default;
  struct Options {
    std::int64_t in = 0, out = 0, kernel = 1;
    bool bias = false, relu = false;
  };
  ConvGroupNorm(const nn::Weights& weights, const Options& options);
  at::Tensor operator()(const at::Tensor& x) const;

 private:
  nn::Conv2d convolution_;
  nn::GroupNorm norm_;
  bool relu_ = false;
};

/// The pixel decoder of Mask2Former and OneFormer: deformable attention between the three coarsest
/// maps of a backbone, then the finer ones are added.
class PixelDecoder {
 public:
  PixelDecoder(const nn::Weights& weights, const PixelDecoderConfig& config,
               const std::vector<std::int64_t>& channels);

  struct Output {
    at::Tensor maskFeatures;         ///< [batch, mask features, height / 4, width / 4]
    std::vector<at::Tensor> levels;  ///< three maps, the coarsest first
  };
  /// `features`: the maps of the backbone, the finest first.
  Output forward(const std::vector<at::Tensor>& features) const;

 private:
  struct Fine {
    ConvGroupNorm lateral, out;
  };
  std::vector<at::Tensor> attend(const std::vector<at::Tensor>& maps) const;

  std::vector<ConvGroupNorm> projections_;  ///< of the coarsest map first
  at::Tensor levelEmbeddings_;              ///< [3, features]
  std::vector<DeformableEncoderLayer> layers_;
  std::vector<Fine> fine_;  ///< of the finest map first
  nn::Conv2d maskProjection_;
};

}  // namespace orrery::models::vision
