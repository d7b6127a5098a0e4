#pragma once

#include <cstdint>
#include <vector>

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

/// Keys and values of one row that many queries will see, brought once into the form in which
/// attendWhole() multiplies them.
class PackedKeys {
 public:
  /// Of all.k and all.v, of the first batch.
  explicit PackedKeys(const WholeAttention& all);

  /// attendWhole() for all.q, all.batches and all.time; the rest is known.
  void attend(WholeAttention all, float* out) const;

 private:
  static constexpr std::int64_t kLine = 16;
  struct alignas(64) Line {  ///< as aligned as whole vectors are read
    std::uint32_t numbers[kLine];
  };
  std::int64_t heads_, keys_, dim_;
  std::vector<Line> lines_;
};

}  // namespace orrery::kernels
