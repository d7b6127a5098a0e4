#pragma once

#include <ATen/ATen.h>

#include <string_view>

namespace orrery::nn {

using Activation = at::Tensor (*)(const at::Tensor&);

/// The function that transformers' ACT2FN has under that name ("silu", "gelu_pytorch_tanh", "relu",
/// …). An Error lists the known names.
Activation activation(std::string_view name);

/// activation(gate) * up, as gated feed-forward layers want it. Both [..., columns] of one shape,
/// as parts of one tensor too.
at::Tensor gated(Activation activation, const at::Tensor& gate, const at::Tensor& up);

/// x + scale * branch, both float32 of one shape.
at::Tensor addBranch(const at::Tensor& x, const at::Tensor& branch, double scale = 1);

}  // namespace orrery::nn
