#include "core/nn/convolution.h"

#include "core/base/error.h"
#include "core/nn/convolution_padding.h"
#include "core/nn/training_pass.h"

namespace orrery::nn {
namespace {

at::IntArrayRef sizes(const ConvolutionOptions::Pair& pair) {
  return {pair.data(), pair.size()};
}

at::Tensor weightOf(const Weights& weights, std::int64_t in, std::int64_t out,
                    const ConvolutionOptions& options) {
  return weights.tensor("weight", {out, in / options.groups, options.kernel[0], options.kernel[1]});
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
    : Conv2d(weightOf(weights, in, out, options), biasOf(weights, out, options), options) {}

Conv2d::Conv2d(at::Tensor weight, at::Tensor bias, const ConvolutionOptions& options)
    : weight_(std::move(weight)), bias_(std::move(bias)), options_(options) {
  if (PackedConvolution::available() && !weight_.requires_grad())
    packed_ = std::make_shared<const PackedConvolution>(weight_, bias_);
}

Conv2d Conv2d::standardized(const Weights& weights, std::int64_t in, std::int64_t out,
                            const ConvolutionOptions& options, double eps) {
  if (weights.trains())
    throw Error(ErrorKind::kUnsupported,
                "the convolution {} belongs to a model of pictures, which cannot be trained yet",
                weights.path());
  const at::Tensor weight = weightOf(weights, in, out, options);
  // In double precision, so that what is left of a small variance is not rounding.
  const at::Tensor rows = weight.flatten(1).to(at::kDouble);
  const at::Tensor centred = rows - rows.mean(1, /*keepdim=*/true);
  const at::Tensor variance = centred.square().mean(1, /*keepdim=*/true);
  const at::Tensor scaled = (centred * at::rsqrt(variance + eps)).to(at::kFloat);
  return Conv2d(scaled.view(weight.sizes()), {}, options);
}

at::Tensor Conv2d::operator()(const at::Tensor& x) const {
  if (packed_ && !needsGradient(x)) return run(x, {}, {});
  const auto [padded, padding] = padPicture(x, options_);
  return at::conv2d(padded, weight_, bias_, sizes(options_.stride), sizes(padding),
                    sizes(options_.dilation), options_.groups);
}

at::Tensor Conv2d::run(const at::Tensor& x, const at::Tensor& residual,
                       const FusedActivation& activation) const {
  const auto [padded, padding] = padPicture(x, options_);
  const auto list = [](const ConvolutionOptions::Pair& pair) {
    return std::vector<std::int64_t>(pair.begin(), pair.end());
  };
  return (*packed_)(
      padded, residual,
      {list(padding), list(options_.stride), list(options_.dilation), options_.groups}, activation);
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
  if (weights.trains())
    throw Error(ErrorKind::kUnsupported,
                "the batch norm {} belongs to a model of pictures, which "
                "cannot be trained yet",
                weights.path());
  // In double precision, so that what is folded into a convolution is rounded once.
  const auto take = [&](const char* name) {
    return weights.tensor(name, {channels}).to(at::kDouble);
  };
  weights.ignore("num_batches_tracked");
  scale_ = take("weight") * at::rsqrt(take("running_var") + eps);
  shift_ = take("bias") - take("running_mean") * scale_;
}

at::Tensor BatchNorm2d::operator()(const at::Tensor& x) const {
  std::vector<std::int64_t> shape(static_cast<std::size_t>(x.dim()), 1);
  shape[1] = scale_.size(0);
  return at::addcmul(shift_.to(at::kFloat).view(shape), x, scale_.to(at::kFloat).view(shape));
}

ConvBatchNorm2d::ConvBatchNorm2d(const Conv2d& convolution, const BatchNorm2d& norm,
                                 std::string_view name)
    : activation_(activation(name)), fused_(fusedActivation(name)) {
  const Conv2d& c = convolution;
  const at::Tensor weight = (c.weight_ * norm.scale_.view({-1, 1, 1, 1})).to(at::kFloat);
  const at::Tensor bias = c.bias_.defined()
                              ? at::addcmul(norm.shift_, c.bias_.to(at::kDouble), norm.scale_)
                              : norm.shift_;
  convolution_ = Conv2d(weight, bias.to(at::kFloat), c.options_);
}

at::Tensor ConvBatchNorm2d::operator()(const at::Tensor& x) const {
  if (convolution_.packed_ && fused_) return convolution_.run(x, {}, *fused_);
  return activation_(convolution_(x));
}

at::Tensor ConvBatchNorm2d::operator()(const at::Tensor& x, const at::Tensor& residual) const {
  if (!convolution_.packed_) return activation_(convolution_(x).add_(residual));
  if (fused_ && fused_->followsSum()) return convolution_.run(x, residual, *fused_);
  return activation_(convolution_.run(x, residual, {}));
}

GroupNorm::GroupNorm(const Weights& weights, std::int64_t groups, std::int64_t channels, double eps)
    : weight_(weights.tensor("weight", {channels})),
      bias_(weights.tensor("bias", {channels})),
      groups_(groups),
      eps_(eps) {}

at::Tensor GroupNorm::operator()(const at::Tensor& x) const {
  // Of maps with channels innermost, LibTorch takes the variance as E[x²] - E[x]², which loses it
  // where a group hardly varies. Three dimensions have no such form.
  return at::group_norm(x.flatten(2), groups_, weight_, bias_, eps_).view(x.sizes());
}

}  // namespace orrery::nn
