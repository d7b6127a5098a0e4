#include "core/kernels/gate.h"

#include <algorithm>

#include "core/kernels/kernel_table.h"
#include "core/kernels/thread_pool.h"

namespace orrery::kernels {
namespace {

/// Numbers for which another thread is worth waking.
constexpr std::int64_t kGrain = 1 << 13;

}  // namespace

void gate(GateFunction f, const GateInput& input, float* out) {
  const auto row = f == GateFunction::kSilu ? kernels().gate.silu : kernels().gate.tanhGelu;
  const std::int64_t grain =
      std::max<std::int64_t>(1, kGrain / std::max<std::int64_t>(1, input.columns));
  ThreadPool::shared().parallelFor(input.rows, grain, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t r = begin; r < end; ++r)
      row(input.gate + r * input.stride, input.up + r * input.stride, input.columns,
          out + r * input.columns);
  });
}

void addScaled(const float* x, const float* y, float scale, std::int64_t count, float* out) {
  ThreadPool::shared().parallelFor(count, kGrain, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t i = begin; i < end; ++i) out[i] = x[i] + scale * y[i];
  });
}

}  // namespace orrery::kernels
