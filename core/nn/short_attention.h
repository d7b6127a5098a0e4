#pragma once

#include <ATen/ATen.h>

namespace orrery::nn {

/// Self-attention without a mask, for training: qkv [batch, time, 3 * heads * dim], queries, keys
/// and values side by side → [batch, time, heads * dim]. Gradients come of kernels of its own where
/// sequences and heads are short, of LibTorch's otherwise.
at::Tensor trainedAttention(const at::Tensor& qkv, std::int64_t heads, double scale);

}  // namespace orrery::nn
