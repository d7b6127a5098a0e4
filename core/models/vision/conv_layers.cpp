#include "core/models/vision/conv_layers.h"

namespace orrery::models::vision {

using nn::ConvBatchNorm2d;
using nn::ConvolutionOptions;

ConvBatchNorm2d convNorm(const nn::Weights& w, std::int64_t in, std::int64_t out,
                         const ConvolutionOptions& options, std::string_view activation,
                         double eps) {
  return {nn::Conv2d(w / "convolution", in, out, options),
          nn::BatchNorm2d(w / "normalization", out, eps), activation};
}

at::Tensor normChannels(const nn::LayerNorm& norm, const at::Tensor& x) {
  return norm(x.permute({0, 2, 3, 1}).contiguous()).permute({0, 3, 1, 2});
}

SqueezeExcite::SqueezeExcite(const nn::Weights& reduce, const nn::Weights& expand,
                             std::int64_t channels, std::int64_t squeezed,
                             std::string_view activation)
    : reduce_(reduce, channels, squeezed, {}),
      expand_(expand, squeezed, channels, {}),
      activation_(nn::activation(activation)) {}

at::Tensor SqueezeExcite::operator()(const at::Tensor& x) const {
  return x * at::sigmoid(expand_(activation_(reduce_(x.mean({2, 3}, /*keepdim=*/true)))));
}

ConvolutionOptions mobileOptions(const MobileStyle& style, std::int64_t kernel, std::int64_t stride,
                                 std::int64_t groups, std::int64_t dilation) {
  auto options = ConvolutionOptions::same(kernel, stride, groups, /*bias=*/false);
  const std::int64_t padding = (kernel - 1) / 2 * dilation;
  options.dilation = {dilation, dilation};
  options.padding = {padding, padding};
  options.tensorflowPadding = style.tensorflowPadding;
  return options;
}

InvertedResidual::InvertedResidual(const nn::Weights& w, const InvertedSizes& s,
                                   const MobileStyle& style)
    : expand_(convNorm(w / "expand_1x1", s.in, s.expanded, mobileOptions(style, 1),
                       style.activation, style.normEps)),
      depthwise_(convNorm(w / "conv_3x3", s.expanded, s.expanded,
                          mobileOptions(style, 3, s.stride, s.expanded, s.dilation),
                          style.activation, style.normEps)),
      reduce_(convNorm(w / "reduce_1x1", s.expanded, s.out, mobileOptions(style, 1), "linear",
                       style.normEps)),
      residual_(s.stride == 1 && s.in == s.out) {}

at::Tensor InvertedResidual::operator()(const at::Tensor& x) const {
  const at::Tensor y = depthwise_(expand_(x));
  return residual_ ? reduce_(y, x) : reduce_(y);
}

}  // namespace orrery::models::vision
