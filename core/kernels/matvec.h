#pragma once

#include <cstdint>
#include <span>

#include "core/checkpoint/dtype.h"

namespace orrery::kernels {

/// A weight matrix as it lies in a file, row after row without gaps. Block types need a number of
/// columns that is a multiple of their block.
struct Matrix {
  checkpoint::DType dtype = checkpoint::DType::kF32;
  const void* data = nullptr;
  std::int64_t rows = 0;     ///< n_out
  std::int64_t columns = 0;  ///< n_in
};

/// x: [rows, columns], contiguous.
struct MatvecInput {
  const float* x = nullptr;
  std::int64_t rows = 1;
  std::int64_t columns = 0;
};

/// y[rows, weight.rows] = x * weight^T (+ bias). y is contiguous and must not overlap x.
struct MatvecJob {
  Matrix weight;
  const float* bias = nullptr;  ///< [weight.rows], or null
  float* y = nullptr;
};

struct MatvecOptions {
  /// Multiply block types by x itself, each weight dequantized on the fly, instead of by x rounded
  /// to 8 bits per block of 32: exact up to float32 rounding, and some times slower.
  bool exact = false;
};

/// True for the types that are multiplied where they lie: F32, BF16, F16, Q8_0, Q4_0, Q4_1, Q4_K,
/// Q6_K.
bool canMultiply(checkpoint::DType dtype);

/// Bytes of one row of a type that canMultiply() takes.
std::int64_t matrixRowBytes(checkpoint::DType dtype, std::int64_t columns);

/// Several weights by one x (query, key and value; gate and up) in one parallel region. Made for
/// few rows: each weight is read from memory once whatever their number. A row's result depends
/// neither on the other rows nor on the number of threads, to the bit. Throws an Error if a type, a
/// number of columns or a missing pointer makes a job impossible; nothing has been computed then.
void matvecMany(const MatvecInput& input, std::span<const MatvecJob> jobs,
                const MatvecOptions& options = {});

/// One weight.
inline void matvec(const MatvecInput& input, const MatvecJob& job,
                   const MatvecOptions& options = {}) {
  matvecMany(input, {&job, 1}, options);
}

}  // namespace orrery::kernels
