#pragma once

#include "core/models/vision/vision_config.h"
#include "core/nn/weights.h"

namespace orrery::models::vision {

/// Attention bias by the distance of two patches in rows and columns, with a class token before
/// them (BEiT).
class PatchBias {
 public:
  PatchBias() = default;
  /// Takes `relative_position_bias_table` of a grid of `grid` patches.
  PatchBias(const nn::Weights& weights, Size grid, std::int64_t heads);

  /// → [1, heads, tokens, tokens] for a picture of `grid` patches; the table is resized where that
  /// is another grid.
  at::Tensor operator()(Size grid) const;
  bool defined() const { return table_.defined(); }

 private:
  at::Tensor table_;  ///< [(2 rows - 1) (2 columns - 1) + 3, heads]
  Size grid_;
};

/// For each pair of places in a grid the row of a table by relative position: [n, n] int64, n =
/// rows * columns.
at::Tensor relativeIndex(Size grid);

}  // namespace orrery::models::vision
