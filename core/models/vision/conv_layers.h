#pragma once

#include "core/models/vision/mobilenet_config.h"
#include "core/nn/convolution.h"
#include "core/nn/norm.h"

/// Parts that networks of convolutions share.
namespace orrery::models::vision {

/// A scope's `convolution` and `normalization`, and an activation, as one step.
nn::ConvBatchNorm2d convNorm(const nn::Weights& weights, std::int64_t in, std::int64_t out,
                             const nn::ConvolutionOptions& options, std::string_view activation,
                             double eps = 1e-5);

/// Layer norm over the channels of x [batch, channels, height, width].
at::Tensor normChannels(const nn::LayerNorm& norm, const at::Tensor& x);

/// Weighs channels by what the whole picture has in them (Hu et al. 2018).
class SqueezeExcite {
 public:
  /// `reduce` and `expand` are the scopes of its two 1×1 convolutions.
  SqueezeExcite(const nn::Weights& reduce, const nn::Weights& expand, std::int64_t channels,
                std::int64_t squeezed, std::string_view activation);
  /// x [batch, channels, height, width] → the same shape.
  at::Tensor operator()(const at::Tensor& x) const;

 private:
  nn::Conv2d reduce_, expand_;
  nn::Activation activation_;
};

/// Options of a convolution without bias that keeps the size at stride 1.
nn::ConvolutionOptions mobileOptions(const MobileStyle& style, std::int64_t kernel,
                                     std::int64_t stride = 1, std::int64_t groups = 1,
                                     std::int64_t dilation = 1);

/// Widen, convolve each channel by itself, narrow (Sandler et al. 2018); the input is added where
/// the shapes agree.
class InvertedResidual {
 public:
  InvertedResidual(const nn::Weights& weights, const InvertedSizes& sizes,
                   const MobileStyle& style);
  /// x [batch, in, height, width] → [batch, out, height', width'].
  at::Tensor operator()(const at::Tensor& x) const;

 private:
  nn::ConvBatchNorm2d expand_, depthwise_, reduce_;
  bool residual_;
};

}  // namespace orrery::models::vision
