#include "core/nn/standardized_convolution.h"

#include "core/base/error.h"
#include "core/nn/convolution_padding.h"

namespace orrery::nn {
namespace {

std::vector<std::int64_t> list(const ConvolutionOptions::Pair& pair) {
  return {pair.begin(), pair.end()};
}

/// In double precision, so that what is left of a small variance is not rounding.
at::Tensor standardized(const at::Tensor& weight, double eps) {
  const at::Tensor rows = weight.flatten(1).to(at::kDouble);
  const at::Tensor centred = rows - rows.mean(1, /*keepdim=*/true);
  const at::Tensor variance = centred.square().mean(1, /*keepdim=*/true);
  return (centred * at::rsqrt(variance + eps)).to(at::kFloat).view(weight.sizes());
}

}  // namespace

StandardizedConv2d::StandardizedConv2d(const Weights& weights, std::int64_t in, std::int64_t out,
                                       const ConvolutionOptions& o, double eps)
    : options_(o) {
  if (weights.trains())
    throw Error(ErrorKind::kUnsupported,
                "the convolution {} belongs to a model of pictures, which cannot be trained yet",
                weights.path());
  weight_ =
      standardized(weights.tensor("weight", {out, in / o.groups, o.kernel[0], o.kernel[1]}), eps);
  if (PackedConvolution::available())
    packed_ = std::make_shared<const PackedConvolution>(weight_, at::Tensor());
}

at::Tensor StandardizedConv2d::operator()(const at::Tensor& x) const {
  const auto [picture, padding] = padPicture(x, options_);
  const auto stride = list(options_.stride), dilation = list(options_.dilation);
  if (packed_)
    return (*packed_)(picture, {}, {list(padding), stride, dilation, options_.groups}, {});
  return at::conv2d(picture, weight_, {}, stride, list(padding), dilation, options_.groups);
}

}  // namespace orrery::nn
