#pragma once

#include <cstdint>
#include <vector>

#include "core/media/resize.h"

namespace orrery::media {

/// Where a pixel of the result takes its samples from.
struct Window {
  int first = 0;  ///< the first one in the source
  int count = 0;
};

/// The whole-number weights of one direction: those of pixel i begin at `weights[i * stride]`.
/// A sample is `(sum(weight * source) + half) >> precision`, cut to 8 bits.
struct Weights {
  std::vector<Window> windows;
  std::vector<std::int32_t> weights;
  int stride = 0;
  int precision = 0;
};

/// Weights for going from `from` to `to` samples. Not for kNearest.
Weights resizeWeights(int from, int to, Filter filter, Arithmetic arithmetic);

}  // namespace orrery::media
