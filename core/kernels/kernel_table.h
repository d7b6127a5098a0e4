#pragma once

// What every instruction set provides; inside core/kernels only. Plain C types, so that the files
// of one set need no code from elsewhere.

#include <cstddef>
#include <cstdint>

namespace orrery::kernels {

/// An input row set, quantized once per call for the packed weights. A lane is four neighbouring
/// bytes of `values`; a block is 32 elements. Arrays are [rows, padded], with zeros up to a
/// multiple of 256.
struct PackedInput {
  const std::int8_t* values;  ///< [rows, padded]
  const float* scales;        ///< [rows, padded / 4] the block's scale at each of its lanes
  const std::int32_t* sums;   ///< [rows, padded / 4] sum of each lane's four values
  std::int64_t padded;
};

/// y[r, o] = sum over columns of weight[o, c] * x[r, c], plus bias[o]. `weight` points to row 0.
struct DotArgs {
  const std::byte* weight;
  std::int64_t rowBytes;
  std::int64_t columns;
  const float* x;             ///< [rows, columns]
  const PackedInput* packed;  ///< for packed weights
  std::int64_t rows;
  float* y;  ///< [rows, yStride]
  std::int64_t yStride;
  const float* bias;  ///< or null
};

/// Computes outputs [begin, end). Each output is summed in an order of its own that depends on
/// neither the range nor the number of rows.
using DotFn = void (*)(const DotArgs& args, std::int64_t begin, std::int64_t end);

struct FloatKernels {
  DotFn f32, bf16, f16;
};

/// One row of x into values, scales and sums. `padded` is a multiple of 256, at least `count`. A
/// row that holds NaN or an infinity gets NaN as its scales.
using PackFn = void (*)(const float* x, std::int64_t count, std::int64_t padded,
                        std::int8_t* values, float* scales, std::int32_t* sums);

struct PackedKernels {
  PackFn packPlain;  ///< elements in order, for Q8_0, Q4_K, Q6_K
  /// For Q4_0 and Q4_1: in each 128 elements, the first halves of the four blocks, then the second
  /// halves; as a nibble pair holds elements 16 apart. A lane's scale and sum are those of 16 lanes
  /// per 128 elements, each of four values of a first half and four of the second; the arrays are
  /// filled to padded / 8.
  PackFn packNibbles;
  DotFn q8_0, q4_0, q4_1, q4_K, q6_K;
};

namespace generic {
FloatKernels floatKernels();
}  // namespace generic
namespace avx2 {
FloatKernels floatKernels();
}  // namespace avx2
namespace avx512 {
FloatKernels floatKernels();
}  // namespace avx512

struct KernelTable {
  FloatKernels floats;
};

/// The kernels of the set in use.
const KernelTable& kernels();

}  // namespace orrery::kernels
