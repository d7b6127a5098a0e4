#include "core/nn/norm.h"

#include <algorithm>

#include "core/kernels/norm.h"

namespace orrery::nn {

RmsNorm::RmsNorm(const Weights& weights, std::int64_t dim, double eps, float offset)
    : weight_(weights.tensor("weight", {dim})), eps_(eps) {
  if (weights.trains())
    offset_ = offset;
  else if (offset != 0)
    weight_ = weight_ + offset;
}

at::Tensor RmsNorm::operator()(const at::Tensor& x) const {
  if (weight_.requires_grad() || needsGradient(x))
    return x * at::rsqrt(x.square().mean(-1, true) + eps_) * (weight_ + offset_);
  const at::Tensor in = x.contiguous();
  at::Tensor y = at::empty(in.sizes(), at::kFloat);
  const std::int64_t columns = in.size(-1);
  kernels::rmsNorm(in.data_ptr<float>(), weight_.data_ptr<float>(), eps_,
                   in.numel() / std::max<std::int64_t>(1, columns), columns, y.data_ptr<float>());
  return y;
}

LayerNorm::LayerNorm(const Weights& weights, std::int64_t dim, double eps)
    : weight_(weights.tensorIf("weight", {dim})),
      bias_(weights.tensorIf("bias", {dim})),
      dim_(dim),
      eps_(eps) {}

at::Tensor LayerNorm::operator()(const at::Tensor& x) const {
  const bool traced = needsGradient(x) || needsGradient(weight_);
  if (traced || x.scalar_type() != at::kFloat || x.size(-1) != dim_)
    return at::layer_norm(x, {dim_}, weight_, bias_, eps_);
  const at::Tensor in = x.contiguous();
  at::Tensor y = at::empty(in.sizes(), at::kFloat);
  kernels::layerNorm(in.data_ptr<float>(),
                     {weight_.defined() ? weight_.data_ptr<float>() : nullptr,
                      bias_.defined() ? bias_.data_ptr<float>() : nullptr, eps_, dim_},
                     in.numel() / dim_, y.data_ptr<float>());
  return y;
}

SequenceBatchNorm::SequenceBatchNorm(const Weights& weights, std::int64_t channels, double eps)
    : weight_(weights.tensor("weight", {channels})),
      bias_(weights.tensor("bias", {channels})),
      mean_(weights.buffer("running_mean", {channels})),
      variance_(weights.buffer("running_var", {channels})),
      steps_(weights.counter("num_batches_tracked")),
      eps_(eps) {}

at::Tensor SequenceBatchNorm::operator()(const at::Tensor& x, const TrainingPass* pass) const {
  constexpr double kMomentum = 0.1;  // of the running statistics, as in torch
  if (pass && steps_.defined()) steps_.add_(1);
  // Rows as the batch: the same numbers as with time behind the channels, and no transposition.
  const at::Tensor rows = x.reshape({-1, x.size(-1)});
  return at::batch_norm(rows, weight_, bias_, mean_, variance_, pass != nullptr, kMomentum, eps_,
                        /*cudnn_enabled=*/false)
      .view(x.sizes());
}

}  // namespace orrery::nn
