#include "core/nn/norm.h"

namespace orrery::nn {

RmsNorm::RmsNorm(const Weights& weights, std::int64_t dim, double eps, float offset)
    : weight_(weights.tensor("weight", {dim})), eps_(eps) {
  if (offset != 0) weight_ = weight_ + offset;
}

at::Tensor RmsNorm::operator()(const at::Tensor& x) const {
  const at::Tensor scale = at::rsqrt(x.square().mean(-1, true) + eps_);
  return x * scale * weight_;
}

LayerNorm::LayerNorm(const Weights& weights, std::int64_t dim, double eps)
    : weight_(weights.tensorIf("weight", {dim})),
      bias_(weights.tensorIf("bias", {dim})),
      dim_(dim),
      eps_(eps) {}

at::Tensor LayerNorm::operator()(const at::Tensor& x) const {
  return at::layer_norm(x, {dim_}, weight_, bias_, eps_);
}

}  // namespace orrery::nn
