#pragma once

#include <ATen/ATen.h>

#include <memory>

#include "core/kernels/attend_whole.h"

namespace orrery::nn {

/// x [batch, heads, rows, dim] float32, whose last dimension lies side by side, as kernels see it.
kernels::WholeAttention::Rows headRows(const at::Tensor& x);

/// Keys and values [1, heads, keys, dim], brought once into the form in which rounded attention
/// multiplies them. The processor must know kernels::canAttendWhole().
std::shared_ptr<const kernels::PackedKeys> packKeys(const at::Tensor& keys,
                                                    const at::Tensor& values);

/// q [batch, heads, time, dim] against keys and values that all of its rows share → [batch, time,
/// heads * dim].
at::Tensor attendPacked(const at::Tensor& q, const kernels::PackedKeys& packed, double scale);

}  // namespace orrery::nn
