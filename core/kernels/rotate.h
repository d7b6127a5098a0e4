#pragma once

#include <cstdint>

namespace orrery::kernels {

/// Which two values of a head turn together: i and i + dim / 2, or 2 i and 2 i + 1.
enum class RotaryPairs { kHalves, kNeighbours };

/// The rotary embedding of some tokens' heads. `cos` and `sin`: [tokens, dim].
struct RotaryTurn {
  const float* cos = nullptr;
  const float* sin = nullptr;
  std::int64_t dim = 0;  ///< even, at most headDim
  RotaryPairs pairs = RotaryPairs::kHalves;
};

/// Turns x [tokens, heads, headDim] in place; values from `turn.dim` on stay as they are. Shared
/// out over the thread pool by tokens; the same bits whatever its size.
void rotate(float* x, std::int64_t tokens, std::int64_t heads, std::int64_t headDim,
            const RotaryTurn& turn);

}  // namespace orrery::kernels
