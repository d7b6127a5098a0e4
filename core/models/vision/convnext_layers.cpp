#include "core/models/vision/convnext_layers.h"

namespace orrery::models::vision {
namespace {

/// Keeps the norms of channels apart from a division by zero.
constexpr double kResponseEps = 1e-6;

}  // namespace

ResponseNorm::ResponseNorm(const nn::Weights& w, std::int64_t channels)
    : weight_(w.tensor("weight", {1, 1, 1, channels})),
      bias_(w.tensor("bias", {1, 1, 1, channels})) {}

at::Tensor ResponseNorm::operator()(const at::Tensor& x) const {
  const at::Tensor size = at::linalg_vector_norm(x, 2, at::IntArrayRef{1, 2}, /*keepdim=*/true);
  const at::Tensor relative = size / (size.mean(-1, /*keepdim=*/true) + kResponseEps);
  return at::addcmul(bias_, x, weight_ * relative + 1);
}

ConvNextLayer::ConvNextLayer(const nn::Weights& w, const ConvNextConfig& c, std::int64_t width,
                             const ConvNextNames& names, double normEps)
    : depthwise_(w / names.depthwise, width, width, nn::ConvolutionOptions::same(7, 1, width)),
      norm_(w / names.norm, width, normEps),
      up_(w / names.up, width, 4 * width),
      down_(w / names.down, 4 * width, width),
      activation_(nn::activation(c.activation)) {
  if (c.responseNorm) response_ = ResponseNorm(w / "grn", 4 * width);
  if (c.layerScale) scale_ = w.tensor(names.scale, {width});
}

at::Tensor ConvNextLayer::operator()(const at::Tensor& x) const {
  const at::Tensor channelsLast = depthwise_(x).permute({0, 2, 3, 1});
  at::Tensor y = activation_(up_(norm_(channelsLast)));
  if (response_.defined()) y = response_(y);
  y = down_(y);
  return x + (scale_.defined() ? y * scale_ : y).permute({0, 3, 1, 2});
}

}  // namespace orrery::models::vision
