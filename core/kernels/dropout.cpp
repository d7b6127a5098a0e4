#include "core/kernels/dropout.h"

#include <algorithm>

#include "core/base/thread_pool.h"
#include "core/kernels/kernel_table.h"

namespace orrery::kernels {

void dropout(const Dropout& dropout, const float* x, std::int64_t count, float* y) {
  constexpr std::int64_t kChunk = 1 << 14;
  const auto run = kernels().dropout;
  ThreadPool::shared().parallelFor(
      (count + kChunk - 1) / kChunk, 1, [&](std::int64_t begin, std::int64_t end) {
        run(dropout, x, begin * kChunk, std::min(end * kChunk, count), y);
      });
}

}  // namespace orrery::kernels
