#pragma once

#include "core/models/vision/convnext_config.h"
#include "core/nn/activation.h"
#include "core/nn/convolution.h"
#include "core/nn/linear.h"
#include "core/nn/norm.h"

/// What the generations of ConvNeXt share.
namespace orrery::models::vision {

/// Names of a layer's tensors, below its scope.
struct ConvNextNames {
  const char* depthwise = "dwconv";
  const char* norm = "layernorm";
  const char* up = "pwconv1";
  const char* down = "pwconv2";
  const char* scale = "layer_scale_parameter";
};

/// Sets each channel's size over the picture against that of the others (Woo et al. 2023).
class ResponseNorm {
 public:
  ResponseNorm() = default;
  ResponseNorm(const nn::Weights& weights, std::int64_t channels);

  /// x [batch, height, width, channels] → the same shape.
  at::Tensor operator()(const at::Tensor& x) const;
  bool defined() const { return weight_.defined(); }

 private:
  at::Tensor weight_, bias_;
};

/// Each channel over its surroundings, then each place over its channels (Liu et al. 2022).
class ConvNextLayer {
 public:
  ConvNextLayer(const nn::Weights& weights, const ConvNextConfig& config, std::int64_t width,
                const ConvNextNames& names, double normEps);

  /// x [batch, width, height, width'] → the same shape.
  at::Tensor operator()(const at::Tensor& x) const;

 private:
  nn::Conv2d depthwise_;
  nn::LayerNorm norm_;
  nn::Linear up_, down_;
  nn::Activation activation_;
  ResponseNorm response_;
  at::Tensor scale_;  ///< [channels] or undefined
};

}  // namespace orrery::models::vision
