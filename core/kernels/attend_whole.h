#pragma once

#include <cstdint>

namespace orrery::kernels {

/// Queries that all see all keys. Numbers of one row lie side by side; the strides say how far
/// apart are two batches, two heads and two rows.
struct WholeAttention {
  struct Rows {
    const float* data = nullptr;
    std::int64_t batchStride = 0, headStride = 0, rowStride = 0;
  };
  Rows q, k, v;
  std::int64_t batches = 0, heads = 0, time = 0, keys = 0, dim = 0;
  float scale = 1;
};

/// Whether this processor has what attendWhole() is made of.
bool canAttendWhole();

/// softmax(q k^T * scale) v of every head, where q, k, the shares and v are rounded to bfloat16 and
/// sums are float32. out: [batches, time, heads * dim]. Shared out over the thread pool; the same
/// bits whatever its size.
void attendWhole(const WholeAttention& all, float* out);

}  // namespace orrery::kernels
