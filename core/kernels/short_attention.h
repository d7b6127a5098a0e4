#pragma once

#include <cstdint>

namespace orrery::kernels {

/// Attention among short sequences for training: every head of every sequence by itself, with all
/// that it needs in the nearest cache. Queries, keys and values lie side by side, as one product
/// gives them: qkv [batches, time, 3, heads, dim].
struct ShortAttention {
  static constexpr std::int64_t kMostTime = 128, kMostDim = 32;

  const float* qkv;
  float* out;     ///< [batches, time, heads, dim]
  float* shares;  ///< [batches, heads, time, 2]: greatest score and 1 / sum of each softmax
  std::int64_t batches, heads, time, dim;
  float scale;

  static bool fits(std::int64_t time, std::int64_t dim) {
    return time <= kMostTime && dim <= kMostDim;
  }
};

/// The gradient for qkv, from that for the output.
struct ShortAttentionGradient {
  ShortAttention of;  ///< `out` and `shares` as shortAttention() wrote them
  const float* outGradient;
  float* qkvGradient;
};

/// Shared out over the thread pool.
void shortAttention(const ShortAttention& attention);
void shortAttentionGradient(const ShortAttentionGradient& gradient);

/// One head of one sequence in each instruction set.
struct ShortAttentionKernels {
  void (*forward)(const ShortAttention& attention, std::int64_t batch, std::int64_t head);
  void (*backward)(const ShortAttentionGradient& gradient, std::int64_t batch, std::int64_t head);
};

namespace generic {
ShortAttentionKernels shortAttentionKernels();
}  // namespace generic
namespace avx2 {
ShortAttentionKernels shortAttentionKernels();
}  // namespace avx2
namespace avx512 {
ShortAttentionKernels shortAttentionKernels();
}  // namespace avx512

}  // namespace orrery::kernels
