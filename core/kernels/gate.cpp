#include "core/kernels/gate.h"

#include "core/base/thread_pool.h"
#include "core/kernels/kernel_table.h"

namespace orrery::kernels {
namespace {

/// Values below which another thread costs more than it saves.
constexpr std::int64_t kWorthSharing = 1 << 13;

}  // namespace

void gate(GateFunction f, const GateInput& input, float* out) {
  const auto row = f == GateFunction::kSilu ? kernels().gate.silu : kernels().gate.tanhGelu;
  const std::int64_t grain = grainFor(kWorthSharing, input.columns);
  ThreadPool::shared().parallelFor(input.rows, grain, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t r = begin; r < end; ++r)
      row(input.gate + r * input.stride, input.up + r * input.stride, input.columns,
          out + r * input.columns);
  });
}

void addScaled(const float* x, const float* y, float scale, std::int64_t count, float* out) {
  ThreadPool::shared().parallelFor(count, kWorthSharing, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t i = begin; i < end; ++i) out[i] = x[i] + scale * y[i];
  });
}

}  // namespace orrery::kernels
