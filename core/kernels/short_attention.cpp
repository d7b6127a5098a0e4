#include "core/kernels/short_attention.h"

#include "core/base/thread_pool.h"
#include "core/kernels/kernel_table.h"

namespace orrery::kernels {
namespace {

template <class Head>
void forHeads(const ShortAttention& a, const Head& head) {
  constexpr std::int64_t kGrain = 8;
  ThreadPool::shared().parallelFor(a.batches * a.heads, kGrain,
                                   [&](std::int64_t begin, std::int64_t end) {
                                     for (std::int64_t i = begin; i < end; ++i)
                                       head(i / a.heads, i % a.heads);
                                   });
}

}  // namespace

void shortAttention(const ShortAttention& attention) {
  const auto forward = kernels().shortAttention.forward;
  forHeads(attention,
           [&](std::int64_t batch, std::int64_t head) { forward(attention, batch, head); });
}

void shortAttentionGradient(const ShortAttentionGradient& gradient) {
  const auto backward = kernels().shortAttention.backward;
  forHeads(gradient.of,
           [&](std::int64_t batch, std::int64_t head) { backward(gradient, batch, head); });
}

}  // namespace orrery::kernels
