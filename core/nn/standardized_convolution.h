#pragma once

#include "core/nn/convolution.h"

namespace orrery::nn {

/// A convolution without bias whose weights have mean 0 and variance 1 for each channel that comes
/// out (Qiao et al. 2019). They are made so once, when the model is built.
class StandardizedConv2d {
 public:
  StandardizedConv2d() = default;
  /// Takes `weight` [out, in / groups, rows, columns]. `eps` is added to the variance. An Error if
  /// the weights are to be trained.
  StandardizedConv2d(const Weights& weights, std::int64_t in, std::int64_t out,
                     const ConvolutionOptions& options, double eps);

  /// x [batch, in, height, width] → [batch, out, height', width'].
  at::Tensor operator()(const at::Tensor& x) const;
  bool defined() const { return weight_.defined(); }

 private:
  at::Tensor weight_;
  ConvolutionOptions options_;
  std::shared_ptr<const PackedConvolution> packed_;  ///< null without oneDNN
};

}  // namespace orrery::nn
