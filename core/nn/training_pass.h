#pragma once

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>

namespace orrery::nn {

/// What a pass for gradients has beyond one of inference: random numbers of its own, so that a run
/// can go on exactly where it stopped.
struct TrainingPass {
  at::Generator generator;
};

/// x with each element zeroed with probability `p` and the others scaled by 1 / (1 - p); x itself
/// without a pass.
at::Tensor dropout(const at::Tensor& x, double p, const TrainingPass* pass);

/// Whether an operation on `x` must leave a trace for gradients: the kernels of inference leave
/// none.
inline bool needsGradient(const at::Tensor& x) {
  return x.requires_grad() && at::GradMode::is_enabled();
}

}  // namespace orrery::nn
