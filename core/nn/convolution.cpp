#include "core/nn/convolution.h"

namespace orrery::nn {
namespace {

at::IntArrayRef sizes(const ConvolutionOptions::Pair& pair) {
  return {pair.data(), pair.size()};
}

at::Tensor biasOf(const Weights& weights, std::int64_t out, const ConvolutionOptions& options) {
  return options.bias ? weights.tensor("bias", {out}) : at::Tensor();
}

}  // namespace

ConvolutionOptions ConvolutionOptions::same(std::int64_t kernel, std::int64_t stride,
                                            std::int64_t groups, bool bias) {
  return {.kernel = {kernel, kernel},
          .stride = {stride, stride},
          .padding = {kernel / 2, kernel / 2},
          .groups = groups,
          .bias = bias};
}

ConvolutionOptions ConvolutionOptions::patches(std::int64_t patch, bool bias) {
  return {.kernel = {patch, patch}, .stride = {patch, patch}, .bias = bias};
}

Conv2d::Conv2d(const Weights& weights, std::int64_t in, std::int64_t out,
               const ConvolutionOptions& options)
    : weight_(weights.tensor("weight",
                             {out, in / options.groups, options.kernel[0], options.kernel[1]})),
      bias_(biasOf(weights, out, options)),
      options_(options) {}

at::Tensor Conv2d::operator()(const at::Tensor& x) const {
  return at::conv2d(x, weight_, bias_, sizes(options_.stride), sizes(options_.padding),
                    sizes(options_.dilation), options_.groups);
}

ConvTranspose2d::ConvTranspose2d(const Weights& weights, std::int64_t in, std::int64_t out,
                                 const ConvolutionOptions& options)
    : weight_(weights.tensor("weight",
                             {in, out / options.groups, options.kernel[0], options.kernel[1]})),
      bias_(biasOf(weights, out, options)),
      options_(options) {}

at::Tensor ConvTranspose2d::operator()(const at::Tensor& x) const {
  return at::conv_transpose2d(x, weight_, bias_, sizes(options_.stride), sizes(options_.padding), 0,
                              options_.groups, sizes(options_.dilation));
}

BatchNorm2d::BatchNorm2d(const Weights& weights, std::int64_t channels, double eps) {
  const auto take = [&](const char* name) { return weights.tensor(name, {channels}); };
  weights.ignore("num_batches_tracked");
  scale_ = take("weight") * at::rsqrt(take("running_var") + eps);
  shift_ = take("bias") - take("running_mean") * scale_;
}

at::Tensor BatchNorm2d::operator()(const at::Tensor& x) const {
  std::vector<std::int64_t> shape(static_cast<std::size_t>(x.dim()), 1);
  shape[1] = scale_.size(0);
  return at::addcmul(shift_.view(shape), x, scale_.view(shape));
}

ConvBatchNorm2d::ConvBatchNorm2d(const Conv2d& convolution, const BatchNorm2d& norm)
    : convolution_(convolution) {
  Conv2d& c = convolution_;
  c.weight_ = c.weight_ * norm.scale_.view({-1, 1, 1, 1});
  c.bias_ = c.bias_.defined() ? at::addcmul(norm.shift_, c.bias_, norm.scale_) : norm.shift_;
}

GroupNorm::GroupNorm(const Weights& weights, std::int64_t groups, std::int64_t channels, double eps)
    : weight_(weights.tensor("weight", {channels})),
      bias_(weights.tensor("bias", {channels})),
      groups_(groups),
      eps_(eps) {}

at::Tensor GroupNorm::operator()(const at::Tensor& x) const {
  return at::group_norm(x, groups_, weight_, bias_, eps_);
}

}  // namespace orrery::nn
