#pragma once

#include <cstdint>

#include "core/kernels/matvec.h"

namespace orrery::kernels {

/// Rows of a weight as float32, the values that its file format means. `to`: [weight.rows,
/// weight.columns]. Any type of canMultiply(); shared out over the thread pool. Throws an Error for
/// another type or a number of columns that is no multiple of the block.
void dequantizeRows(const Matrix& weight, float* to);

/// The same, rounded to bfloat16 (nearest, ties to even); BF16 rows come as they are.
void dequantizeRowsToBf16(const Matrix& weight, std::uint16_t* to);

}  // namespace orrery::kernels
