#pragma once

// What every instruction set provides; inside core/kernels only. Plain C types, so that the files
// of one set need no code from elsewhere.

#include <cstddef>
#include <cstdint>

#include "core/kernels/attend_tile.h"
#include "core/kernels/dropout.h"
#include "core/kernels/gate.h"
#include "core/kernels/matmul_tile.h"
#include "core/kernels/norm.h"
#include "core/kernels/short_attention.h"

namespace orrery::kernels {

/// Input rows, quantized once per call for the packed weights. A block is 32 elements, a lane four.
/// The arrays are filled with zeros up to `padded`, a multiple of 64.
struct PackedInput {
  const std::int8_t* values;    ///< [rows, padded] between -127 and 127
  const float* scales;          ///< [rows, padded / 4] each lane's: that of its block
  const std::int32_t* negSums;  ///< [rows, padded / 4] minus the sum of the lane's values
  const float* scaledSums;      ///< [rows, padded / 4] the sum of the lane's values times its scale
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

/// out[c] += sum over r of factors[r] * from[r, c], r in order. from: [rows, columns].
using AddRowsFn = void (*)(const float* from, std::int64_t rows, std::int64_t columns,
                           const float* factors, float* out);

struct FloatKernels {
  DotFn f32, bf16, f16;
  AddRowsFn addRows;
};

/// One row of x into the arrays of a PackedInput, `count` a multiple of 32. A row that holds NaN or
/// an infinity gets NaN as its scales; a block below 1e-30 counts as zero.
using PackFn = void (*)(const float* x, std::int64_t count, std::int8_t* values, float* scales,
                        std::int32_t* negSums, float* scaledSums);

struct PackedKernels {
  PackFn pack;
  DotFn q8_0, q4_0, q4_1, q4_K, q6_K;
};

/// `count` values, whole blocks, as float32.
using UnpackFn = void (*)(const std::byte* from, std::int64_t count, float* to);
/// To bfloat16, rounded to nearest, ties to even.
using RoundFn = void (*)(const float* from, std::int64_t count, std::uint16_t* to);

struct UnpackKernels {
  UnpackFn bf16, f16, q8_0, q4_0, q4_1, q4_K, q6_K;
  RoundFn toBf16;
};

namespace generic {
FloatKernels floatKernels();
PackedKernels packedKernels();
UnpackKernels unpackKernels();
}  // namespace generic
namespace avx2 {
FloatKernels floatKernels();
PackedKernels packedKernels();
UnpackKernels unpackKernels();
}  // namespace avx2
namespace avx512 {
FloatKernels floatKernels();
PackedKernels packedKernels();
UnpackKernels unpackKernels();
}  // namespace avx512

struct KernelTable {
  FloatKernels floats;
  PackedKernels packed;
  UnpackKernels unpack;
  AttendKernels attend;
  GateKernels gate;
  NormKernels norm;
  ShortAttentionKernels shortAttention;
  DropoutFn dropout;
  MatmulKernels matmul{};
};

/// The kernels of the set in use.
const KernelTable& kernels();

}  // namespace orrery::kernels
