#pragma once

// What each instruction set provides for attendMany(); inside core/kernels only. Plain C types, as
// in kernel_table.h.

#include <cstdint>

namespace orrery::kernels {

/// Keys that are looked at together.
inline constexpr std::int64_t kTileKeys = 64;

/// Some rows (queries of one head of keys) on their way through the keys. Widths are padded to
/// multiples of 16 floats and rows to a multiple of 4; arrays are aligned to 64 bytes.
struct AttendRows {
  std::int64_t rows = 0;
  std::int64_t dim = 0;
  std::int64_t width = 0;  ///< dim, padded
  const float* q;          ///< [rows, dim]
  float* scores;           ///< [rows, kTileKeys]
  float* out;              ///< [rows, width] sums so far, relative to the maximum
};

/// scores[r, k] = q[r, :] . keys[:, k]. keys: [dim, kTileKeys].
using ScoreTileFn = void (*)(const AttendRows& rows, const float* keys);
/// One row of scores, in place, to exp(score - most); returns their sum. A score below -87 from
/// `most`, minus infinity too, becomes 0.
using ExpTileFn = float (*)(float* scores, float most);
/// out[r, :] += sum over k of scores[r, k] * values[k, :]. values: [kTileKeys, width].
using MixTileFn = void (*)(const AttendRows& rows, const float* values);

struct AttendKernels {
  ScoreTileFn score;
  ExpTileFn exp;
  MixTileFn mix;
};

namespace generic {
AttendKernels attendKernels();
}  // namespace generic
namespace avx2 {
AttendKernels attendKernels();
}  // namespace avx2
namespace avx512 {
AttendKernels attendKernels();
}  // namespace avx512

}  // namespace orrery::kernels
