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

/// How many numbers the panels of one head's keys are; those of its values follow.
std::int64_t keyNumbers(const WholeAttention& all) {
  return panelsOf(all.keys) * ((all.dim + 1) / 2) * kPanelOutputs;
}

/// Of the keys and values of one head.
std::int64_t panelNumbers(const WholeAttention& all) {
  return keyNumbers(all) + panelsOf(all.dim) * ((all.keys + 1) / 2) * kPanelOutputs;
}

const float* startOf(const WholeAttention::Rows& rows, std::int64_t batch, std::int64_t head) {
  return rows.data + batch * rows.batchStride + head * rows.headStride;
}

/// Brings the keys and values of one head into panels.
class Packing {
 public:
  Packing(const WholeAttention& all, std::uint32_t* panels)
      : all_(all), keys_(panels), values_(panels + keyNumbers(all)) {
    thread_local Scratch<std::uint16_t> rounded;
    rounded_ = rounded.take(kPanelOutputs * all_.dim);
  }

  void packKeys(const float* k) {
    const std::int64_t pairs = (all_.dim + 1) / 2;
    for (std::int64_t first = 0; first < all_.keys; first += kPanelOutputs) {
      const std::int64_t count = std::min(kPanelOutputs, all_.keys - first);
      for (std::int64_t i = 0; i < count; ++i) roundRow(k + (first + i) * all_.k.rowStride, i);
      kernels().matmul.packPanel(rounded_, all_.dim, count, all_.dim, keys_ + first * pairs);
    }
  }

  /// Values turn into panels of themselves: what a key adds to 32 numbers lies side by side.
  void packValues(const float* v) {
    const std::int64_t pairs = (all_.keys + 1) / 2;
    for (std::int64_t pair = 0; pair < pairs; ++pair) {
      const bool both = 2 * pair + 1 < all_.keys;
      roundRow(v + 2 * pair * all_.v.rowStride, 0);
      if (both) roundRow(v + (2 * pair + 1) * all_.v.rowStride, 1);
      for (std::int64_t first = 0; first < all_.dim; first += kPanelOutputs) {
        const std::int64_t count = std::min(kPanelOutputs, all_.dim - first);
        std::uint32_t* to = values_ + first * pairs + pair * kPanelOutputs;
        const std::uint16_t *even = rounded_ + first, *odd = even + all_.dim;
        for (std::int64_t i = 0; i < count; ++i)
          to[i] = even[i] | (both ? static_cast<std::uint32_t>(odd[i]) << 16 : 0);
        std::fill(to + count, to + kPanelOutputs, 0U);
      }
    }
  }

 private:
  void roundRow(const float* row, std::int64_t to) {
    kernels().unpack.toBf16(row, all_.dim, rounded_ + to * all_.dim);
  }

  const WholeAttention& all_;
  std::uint32_t *keys_, *values_;
  std::uint16_t* rounded_;
};

void pack(const WholeAttention& all, std::int64_t batch, std::int64_t head, std::uint32_t* panels) {
  Packing packing(all, panels);
  packing.packKeys(startOf(all.k, batch, head));
  packing.packValues(startOf(all.v, batch, head));
}

/// The queries of one head of one batch: tiles of them go through all keys and values.
class Head {
 public:
  Head(const WholeAttention& all, const float* q, const std::uint32_t* panels)
      : all_(all),
        dimPairs_((all.dim + 1) / 2),
        keyPairs_((all.keys + 1) / 2),
        width_((all.keys + kTileKeys - 1) / kTileKeys * kTileKeys),
        q_(q),
        keys_(panels),
        values_(panels + keyNumbers(all)) {
    thread_local Scratch<std::uint32_t> tiles;
    thread_local Scratch<float> scores;
    tile_ = tiles.take(std::max(dimPairs_, keyPairs_) * kTileRows);
    scores_ = scores.take(kTileRows * width_);
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
  const std::uint32_t *keys_, *values_;
  std::uint32_t* tile_;
  float* scores_;
};

/// Calls forHead(batch, head) for each of them, shared out over the thread pool.
template <class ForHead>
void forHeads(const WholeAttention& all, const ForHead& forHead) {
  ThreadPool::shared().parallelFor(all.batches * all.heads, 1,
                                   [&](std::int64_t begin, std::int64_t end) {
                                     for (std::int64_t i = begin; i < end; ++i)
                                       forHead(i / all.heads, i % all.heads);
                                   });
}

void attendHead(const WholeAttention& all, std::int64_t batch, std::int64_t head,
                const std::uint32_t* panels, float* out) {
  Head(all, startOf(all.q, batch, head), panels)
      .run(out + batch * all.time * all.heads * all.dim + head * all.dim);
}

}  // namespace

bool canAttendWhole() {
  return kernels().matmul.multiply != nullptr;
}

void attendWhole(const WholeAttention& all, float* out) {
  forHeads(all, [&](std::int64_t batch, std::int64_t head) {
    thread_local Scratch<std::uint32_t> memory;
    std::uint32_t* panels = memory.take(panelNumbers(all));
    pack(all, batch, head, panels);
    attendHead(all, batch, head, panels, out);
  });
}

PackedKeys::PackedKeys(const WholeAttention& all)
    : heads_(all.heads),
      keys_(all.keys),
      dim_(all.dim),
      lines_(static_cast<std::size_t>(all.heads * panelNumbers(all) / kLine)) {
  WholeAttention one = all;
  one.batches = 1;
  forHeads(one, [&](std::int64_t batch, std::int64_t head) {
    pack(one, batch, head, lines_[head * panelNumbers(one) / kLine].numbers);
  });
}

void PackedKeys::attend(WholeAttention all, float* out) const {
  all.heads = heads_, all.keys = keys_, all.dim = dim_;
  forHeads(all, [&](std::int64_t batch, std::int64_t head) {
    attendHead(all, batch, head, lines_[head * panelNumbers(all) / kLine].numbers, out);
  });
}

}  // namespace orrery::kernels
