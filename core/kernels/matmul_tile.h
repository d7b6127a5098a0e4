#pragma once

// The inner part of matmulMany(); inside core/kernels only.

#include <cstdint>

namespace orrery::kernels {

/// Rows of x that are multiplied together, and outputs: with them the sums fill the registers.
inline constexpr std::int64_t kTileRows = 12;
inline constexpr std::int64_t kPanelOutputs = 32;

/// y[r, o] = sum over the pairs of columns of panel * tile, plus what y holds or bias[o].
struct PanelProduct {
  const std::uint32_t* panel;  ///< [pairs, kPanelOutputs] two neighbouring columns of each output
  const std::uint32_t* tile;   ///< [pairs, kTileRows] the same of each row of x
  std::int64_t pairs;
  std::int64_t rows;     ///< at most kTileRows
  std::int64_t outputs;  ///< at most kPanelOutputs
  float* y;
  std::int64_t yStride;
  const float* bias;  ///< of this panel, or null
  bool add;           ///< go on from the sums in y
};

/// Products of bfloat16 numbers in float32 sums, column after column, whatever the number of rows
/// and outputs. Null in a set that has no instruction for them.
struct MatmulKernels {
  /// `rows` rows of x, `stride` numbers apart, rounded to nearest, as a tile.
  void (*packTile)(const float* x, std::int64_t stride, std::int64_t rows, std::int64_t columns,
                   std::uint32_t* tile);
  /// `outputs` rows of bfloat16 weights, `stride` numbers apart, as a panel filled up with zeros.
  void (*packPanel)(const std::uint16_t* weight, std::int64_t stride, std::int64_t outputs,
                    std::int64_t columns, std::uint32_t* panel);
  void (*multiply)(const PanelProduct& product);
};

namespace avx512 {
MatmulKernels matmulKernels();
}  // namespace avx512

}  // namespace orrery::kernels
