#include "core/kernels/attend_whole.h"

#include <algorithm>
#include <array>
#include <limits>

#include "core/base/thread_pool.h"
#include "core/kernels/kernel_table.h"
#include "core/kernels/scratch.h"

namespace orrery::kernels {
namespace {

std::int64_t panelsOf(std::int64_t outputs) {
  return (outputs + kPanelOutputs - 1) / kPanelOutputs;
}

/// The queries of one head of one batch. Keys and values are brought into panels once; then tiles
/// of queries go through all of them.
class Head {
 public:
  Head(const WholeAttention& all, std::int64_t batch, std::int64_t head)
      : all_(all),
        dimPairs_((all.dim + 1) / 2),
        keyPairs_((all.keys + 1) / 2),
        width_((all.keys + kTileKeys - 1) / kTileKeys * kTileKeys) {
    const auto start = [&](const WholeAttention::Rows& rows) {
      return rows.data + batch * rows.batchStride + head * rows.headStride;
    };
    q_ = start(all.q);
    takeMemory();
    packKeys(start(all.k));
    packValues(start(all.v));
  }

  /// `out` is this head's part of the first row.
  void run(float* out) {
    const std::int64_t stride = all_.heads * all_.dim;
    for (std::int64_t first = 0; first < all_.time; first += kTileRows) {
      const std::int64_t rows = std::min(kTileRows, all_.time - first);
      score(first, rows);
      std::array<float, kTileRows> totals;
      for (std::int64_t r = 0; r < rows; ++r) totals[r] = toShares(scores_ + r * width_);
      mix(rows, out + first * stride, stride);
      for (std::int64_t r = 0; r < rows; ++r) {
        float* row = out + (first + r) * stride;
        const float share = 1 / totals[r];
        for (std::int64_t i = 0; i < all_.dim; ++i) row[i] *= share;
      }
    }
  }

 private:
  void takeMemory() {
    thread_local Scratch<std::uint32_t> panels, tiles;
    thread_local Scratch<std::uint16_t> rounded;
    thread_local Scratch<float> scores;
    const std::int64_t keys = panelsOf(all_.keys) * dimPairs_ * kPanelOutputs;
    keys_ = panels.take(keys + panelsOf(all_.dim) * keyPairs_ * kPanelOutputs);
    values_ = keys_ + keys;
    tile_ = tiles.take(std::max(dimPairs_, keyPairs_) * kTileRows);
    rounded_ = rounded.take(kPanelOutputs * all_.dim);
    scores_ = scores.take(kTileRows * width_);
  }

  void roundRow(const float* row, std::int64_t to) {
    kernels().unpack.toBf16(row, all_.dim, rounded_ + to * all_.dim);
  }

  void packKeys(const float* k) {
    for (std::int64_t first = 0; first < all_.keys; first += kPanelOutputs) {
      const std::int64_t count = std::min(kPanelOutputs, all_.keys - first);
      for (std::int64_t i = 0; i < count; ++i) roundRow(k + (first + i) * all_.k.rowStride, i);
      kernels().matmul.packPanel(rounded_, all_.dim, count, all_.dim, keys_ + first * dimPairs_);
    }
  }

  /// Values turn into panels of themselves: what a key adds to 32 numbers lies side by side.
  void packValues(const float* v) {
    for (std::int64_t pair = 0; pair < keyPairs_; ++pair) {
      const bool both = 2 * pair + 1 < all_.keys;
      roundRow(v + 2 * pair * all_.v.rowStride, 0);
      if (both) roundRow(v + (2 * pair + 1) * all_.v.rowStride, 1);
      for (std::int64_t first = 0; first < all_.dim; first += kPanelOutputs) {
        const std::int64_t count = std::min(kPanelOutputs, all_.dim - first);
        std::uint32_t* to = values_ + first * keyPairs_ + pair * kPanelOutputs;
        const std::uint16_t *even = rounded_ + first, *odd = even + all_.dim;
        for (std::int64_t i = 0; i < count; ++i)
          to[i] = even[i] | (both ? static_cast<std::uint32_t>(odd[i]) << 16 : 0);
        std::fill(to + count, to + kPanelOutputs, 0U);
      }
    }
  }

  void score(std::int64_t first, std::int64_t rows) {
    kernels().matmul.packTile(q_ + first * all_.q.rowStride, all_.q.rowStride, rows, all_.dim,
                              tile_);
    for (std::int64_t key = 0; key < all_.keys; key += kPanelOutputs)
      kernels().matmul.multiply({keys_ + key * dimPairs_, tile_, dimPairs_, rows,
                                 std::min(kPanelOutputs, all_.keys - key), scores_ + key, width_,
                                 nullptr, false});
  }

  /// Scores of one row, in place, into shares relative to the largest; returns their sum.
  float toShares(float* scores) const {
    constexpr float kNothing = -std::numeric_limits<float>::infinity();
    std::fill(scores + all_.keys, scores + width_, kNothing);
    std::array<float, kTileKeys> most;
    most.fill(kNothing);
    for (std::int64_t at = 0; at < width_; at += kTileKeys)
      for (std::int64_t i = 0; i < kTileKeys; ++i) {
        scores[at + i] *= all_.scale;
        most[i] = most[i] < scores[at + i] ? scores[at + i] : most[i];
      }
    const float largest = *std::max_element(most.begin(), most.end());
    float total = 0;
    for (std::int64_t at = 0; at < width_; at += kTileKeys)
      total += kernels().attend.exp(scores + at, largest);
    return total;
  }

  void mix(std::int64_t rows, float* out, std::int64_t stride) {
    kernels().matmul.packTile(scores_, width_, rows, all_.keys, tile_);
    for (std::int64_t first = 0; first < all_.dim; first += kPanelOutputs)
      kernels().matmul.multiply({values_ + first * keyPairs_, tile_, keyPairs_, rows,
                                 std::min(kPanelOutputs, all_.dim - first), out + first, stride,
                                 nullptr, false});
  }

  const WholeAttention& all_;
  std::int64_t dimPairs_, keyPairs_, width_;  ///< width: of a row of scores, whole tiles of keys
  const float* q_;
  std::uint32_t *keys_ = nullptr, *values_ = nullptr, *tile_ = nullptr;
  std::uint16_t* rounded_ = nullptr;
  float* scores_ = nullptr;
};

}  // namespace

bool canAttendWhole() {
  return kernels().matmul.multiply != nullptr;
}

void attendWhole(const WholeAttention& all, float* out) {
  ThreadPool::shared().parallelFor(
      all.batches * all.heads, 1, [&](std::int64_t begin, std::int64_t end) {
        for (std::int64_t i = begin; i < end; ++i) {
          const std::int64_t batch = i / all.heads, head = i % all.heads;
          Head(all, batch, head).run(out + batch * all.time * all.heads * all.dim + head * all.dim);
        }
      });
}

}  // namespace orrery::kernels
