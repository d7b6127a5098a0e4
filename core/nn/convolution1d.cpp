#include "core/nn/convolution1d.h"

#include "core/base/error.h"

namespace orrery::nn {
namespace {

at::Tensor biasOf(const Weights& weights, std::int64_t out, const Convolution1dOptions& options) {
  return options.bias ? weights.tensor("bias", {out}) : at::Tensor();
}

}  // namespace

at::Tensor kernelOf(const Weights& w, const Shape& shape, std::optional<std::int64_t> lengthsOf) {
  if (!lengthsOf || w.has("weight")) return w.tensor("weight", shape);
  Shape lengths(shape.size(), 1), others;
  for (std::int64_t i = 0; i < static_cast<std::int64_t>(shape.size()); ++i)
    if (i != *lengthsOf) others.push_back(i);
  const auto kept = static_cast<std::size_t>(*lengthsOf);
  lengths[kept] = shape[kept];
  const bool old = w.has("weight_v");
  const auto name = [&](const char* older, const char* newer) { return old ? older : newer; };
  const at::Tensor length =
      w.tensor(name("weight_g", "parametrizations.weight.original0"), lengths);
  const at::Tensor direction =
      w.tensor(name("weight_v", "parametrizations.weight.original1"), shape);
  return direction * (length / at::linalg_vector_norm(direction, 2, others, /*keepdim=*/true));
}

Conv1d::Conv1d(const Weights& weights, std::int64_t in, std::int64_t out,
               const Convolution1dOptions& o)
    : weight_(kernelOf(weights, {out, in / o.groups, o.kernel}, o.weightNorm)),
      bias_(biasOf(weights, out, o)),
      options_(o) {}

at::Tensor Conv1d::operator()(const at::Tensor& x) const {
  const Convolution1dOptions& o = options_;
  if (x.size(2) + 2 * o.padding <= (o.kernel - 1) * o.dilation)
    throw Error(ErrorKind::kInvalidInput,
                "a sound of {} steps is too short for this model's convolution of {}", x.size(2),
                o.kernel);
  return at::conv1d(x, weight_, bias_, {o.stride}, {o.padding}, {o.dilation}, o.groups);
}

ConvTranspose1d::ConvTranspose1d(const Weights& weights, std::int64_t in, std::int64_t out,
                                 const Convolution1dOptions& o)
    : weight_(kernelOf(weights, {in, out / o.groups, o.kernel}, o.weightNorm)),
      bias_(biasOf(weights, out, o)),
      options_(o) {}

at::Tensor ConvTranspose1d::operator()(const at::Tensor& x) const {
  const Convolution1dOptions& o = options_;
  return at::conv_transpose1d(x, weight_, bias_, {o.stride}, {o.padding}, {0}, o.groups,
                              {o.dilation});
}

}  // namespace orrery::nn
