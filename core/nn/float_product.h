#pragma once

#include <ATen/ATen.h>

namespace orrery::nn {

/// rows [n, in] times the transpose of weight [out, in], plus bias [out] where defined; all
/// float32. Through oneDNN where LibTorch has it: its products use the widest vectors of every
/// processor, those of at::linear (MKL) only Intel's.
at::Tensor floatProduct(const at::Tensor& rows, const at::Tensor& weight, const at::Tensor& bias);

}  // namespace orrery::nn
