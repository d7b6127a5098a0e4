#include "core/kernels/norm.h"

#include "core/base/thread_pool.h"
#include "core/kernels/kernel_table.h"

namespace orrery::kernels {
namespace {

/// Values below which another thread costs more than it saves.
constexpr std::int64_t kWorthSharing = 1 << 13;

/// Calls normRow(from, to) for each row.
template <class NormRow>
void forRows(const float* x, std::int64_t rows, std::int64_t columns, float* y,
             const NormRow& normRow) {
  const std::int64_t grain = grainFor(kWorthSharing, columns);
  ThreadPool::shared().parallelFor(rows, grain, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t r = begin; r < end; ++r) normRow(x + r * columns, y + r * columns);
  });
}

}  // namespace

void rmsNorm(const float* x, const float* weight, double eps, std::int64_t rows,
             std::int64_t columns, float* y) {
  const auto rmsRow = kernels().norm.rmsRow;
  forRows(x, rows, columns, y,
          [&](const float* from, float* to) { rmsRow(from, weight, eps, columns, to); });
}

void layerNorm(const float* x, const LayerNormInput& input, std::int64_t rows, float* y) {
  const auto layerRow = kernels().norm.layerRow;
  forRows(x, rows, input.columns, y,
          [&](const float* from, float* to) { layerRow(from, input, to); });
}

}  // namespace orrery::kernels
