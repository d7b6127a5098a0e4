#pragma once

#include <span>

#include "core/kernels/matvec.h"

namespace orrery::kernels {

/// True if matmulMany() takes weights of this type on this processor: bfloat16 and block types,
/// where there is an instruction that multiplies bfloat16.
bool canMultiplyMany(checkpoint::DType dtype);

/// What matvecMany() does, made for many rows: x and block types are rounded to bfloat16, the sums
/// are float32. Weights are brought into the order that the products want a few at a time, so that
/// no second copy of a matrix is ever made. A row's result depends neither on the other rows nor on
/// the number of threads, to the bit. Throws an Error as matvecMany() does, also for a type that
/// canMultiplyMany() refuses.
void matmulMany(const MatvecInput& input, std::span<const MatvecJob> jobs);

}  // namespace orrery::kernels
