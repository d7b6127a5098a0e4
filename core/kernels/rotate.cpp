#include "core/kernels/rotate.h"

#include "core/base/thread_pool.h"

namespace orrery::kernels {
namespace {

/// Values below which another thread costs more than it saves.
constexpr std::int64_t kWorthSharing = 1 << 14;

void turnHalves(float* x, const float* cos, const float* sin, std::int64_t dim) {
  const std::int64_t half = dim / 2;
  float* y = x + half;
  for (std::int64_t i = 0; i < half; ++i) {
    const float a = x[i], b = y[i];
    x[i] = a * cos[i] - b * sin[i];
    y[i] = b * cos[half + i] + a * sin[half + i];
  }
}

void turnNeighbours(float* x, const float* cos, const float* sin, std::int64_t dim) {
  for (std::int64_t i = 0; i < dim; i += 2) {
    const float a = x[i], b = x[i + 1];
    x[i] = a * cos[i] - b * sin[i];
    x[i + 1] = b * cos[i + 1] + a * sin[i + 1];
  }
}

}  // namespace

void rotate(float* x, std::int64_t tokens, std::int64_t heads, std::int64_t headDim,
            const RotaryTurn& turn) {
  const auto one = turn.pairs == RotaryPairs::kHalves ? turnHalves : turnNeighbours;
  const std::int64_t width = heads * headDim;
  const std::int64_t grain = grainFor(kWorthSharing, width);
  ThreadPool::shared().parallelFor(tokens, grain, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t token = begin; token < end; ++token)
      for (std::int64_t head = 0; head < heads; ++head)
        one(x + token * width + head * headDim, turn.cos + token * turn.dim,
            turn.sin + token * turn.dim, turn.dim);
  });
}

}  // namespace orrery::kernels
