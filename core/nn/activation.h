#pragma once

#include <ATen/ATen.h>

#include <string_view>

namespace orrery::nn {

using Activation = at::Tensor (*)(const at::Tensor&);

/// The function that transformers' ACT2FN has under that name ("silu", "gelu_pytorch_tanh", "relu",
/// …). An Error lists the known names.
Activation activation(std::string_view name);

}  // namespace orrery::nn
