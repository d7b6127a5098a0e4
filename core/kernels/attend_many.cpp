#include "core/kernels/attend_many.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "core/base/thread_pool.h"
#include "core/kernels/attend_tile.h"
#include "core/kernels/kernel_table.h"
#include "core/kernels/scratch.h"

namespace orrery::kernels {
namespace {

/// Tokens whose queries go through the keys together.
constexpr std::int64_t kBlockTokens = 32;
constexpr float kNothing = -std::numeric_limits<float>::infinity();

std::int64_t roundUp(std::int64_t value, std::int64_t to) {
  return (value + to - 1) / to * to;
}

/// The queries of kBlockTokens tokens that share one head of keys. Row r is token r / group, query
/// head r % group of that head.
class Block {
 public:
  Block(const ManyQueries& all, std::int64_t kvHead, std::int64_t firstToken)
      : all_(all),
        kvHead_(kvHead),
        first_(firstToken),
        tokens_(std::min(kBlockTokens, all.time - firstToken)),
        group_(all.heads / all.kvHeads) {
    rows_.rows = roundUp(tokens_ * group_, 4);
    rows_.dim = all.headDim;
    rows_.width = roundUp(all.headDim, 16);
    takeMemory();
    begin();
  }

  void run(float* out) {
    const std::int64_t last = all_.past + first_ + tokens_;  // keys that any row sees
    std::int64_t key = 0;                                    // number of the chunk's first key
    for (const CacheChunk& chunk : all_.chunks) {
      for (std::int64_t at = 0; at < chunk.tokens && key + at < last; at += kTileKeys)
        if (key + at + kTileKeys > firstSeen(0)) addTile(chunk, at, key + at);
      key += chunk.tokens;
    }
    finish(out);
  }

 private:
  void takeMemory() {
    thread_local Scratch<float> scratch;
    const std::int64_t queries = roundUp(rows_.rows * rows_.dim, 16);
    const std::int64_t scores = rows_.rows * kTileKeys, sums = rows_.rows * rows_.width;
    const std::int64_t keys = rows_.dim * kTileKeys, values = rows_.width * kTileKeys;
    float* at = scratch.take(queries + scores + sums + keys + values + 2 * rows_.rows);
    rows_.scores = std::exchange(at, at + scores);
    rows_.out = std::exchange(at, at + sums);
    keys_ = std::exchange(at, at + keys);
    values_ = std::exchange(at, at + values);
    q_ = std::exchange(at, at + queries);
    most_ = std::exchange(at, at + rows_.rows);
    total_ = at;
    rows_.q = q_;
  }

  std::int64_t headOf(std::int64_t row) const { return kvHead_ * group_ + row % group_; }
  bool isRow(std::int64_t row) const { return row < tokens_ * group_; }
  std::int64_t position(std::int64_t row) const { return all_.past + first_ + row / group_; }
  std::int64_t firstSeen(std::int64_t row) const {
    return all_.window > 0 ? std::max<std::int64_t>(0, position(row) - all_.window + 1) : 0;
  }

  void begin() {
    for (std::int64_t row = 0; row < rows_.rows; ++row) {
      float* to = q_ + row * rows_.dim;
      std::fill_n(to, rows_.dim, 0.0F);
      most_[row] = kNothing;
      total_[row] = 0;
      if (!isRow(row)) continue;
      const float* from = all_.q + ((first_ + row / group_) * all_.heads + headOf(row)) * rows_.dim;
      for (std::int64_t i = 0; i < rows_.dim; ++i) to[i] = from[i] * all_.scale;
      if (!all_.sinks) continue;
      most_[row] = all_.sinks[headOf(row)];
      total_[row] = 1;
    }
    std::fill_n(rows_.out, rows_.rows * rows_.width, 0.0F);
  }

  /// Keys turned so that those of one tile lie side by side; values filled up to whole vectors.
  void loadTile(const CacheChunk& chunk, std::int64_t at) {
    const std::int64_t count = std::min(kTileKeys, chunk.tokens - at), dim = rows_.dim;
    const std::int64_t start = (kvHead_ * chunk.room + at) * dim;
    for (std::int64_t i = 0; i < dim; ++i) {
      float* row = keys_ + i * kTileKeys;
      for (std::int64_t k = 0; k < count; ++k) row[k] = chunk.keys[start + k * dim + i];
      std::fill(row + count, row + kTileKeys, 0.0F);
    }
    for (std::int64_t k = 0; k < kTileKeys; ++k) {
      float* row = values_ + k * rows_.width;
      const std::int64_t used = k < count ? dim : 0;
      std::copy_n(chunk.values + start + (k < count ? k * dim : 0), used, row);
      std::fill(row + used, row + rows_.width, 0.0F);
    }
  }

  void addTile(const CacheChunk& chunk, std::int64_t at, std::int64_t key) {
    loadTile(chunk, at);
    kernels().attend.score(rows_, keys_);
    const std::int64_t end = key + std::min(kTileKeys, chunk.tokens - at);
    for (std::int64_t row = 0; row < rows_.rows; ++row) toShares(row, key, end);
    kernels().attend.mix(rows_, values_);
  }

  /// Scores of one row, for keys from `key` to before `end`, into shares relative to its maximum so
  /// far.
  void toShares(std::int64_t row, std::int64_t key, std::int64_t end) {
    float* scores = rows_.scores + row * kTileKeys;
    const std::int64_t from = std::clamp<std::int64_t>(firstSeen(row) - key, 0, kTileKeys);
    const std::int64_t to = std::max<std::int64_t>(std::min(position(row) + 1, end) - key, 0);
    if (from >= to || !isRow(row)) return (void)std::fill_n(scores, kTileKeys, 0.0F);
    std::fill_n(scores, from, kNothing);
    std::fill(scores + to, scores + kTileKeys, kNothing);
    if (all_.softcap != 0)
      for (std::int64_t k = from; k < to; ++k)
        scores[k] = all_.softcap * std::tanh(scores[k] / all_.softcap);
    const float most = std::max(most_[row], *std::max_element(scores + from, scores + to));
    const float less = most_[row] == most ? 1.0F : std::exp(most_[row] - most);
    most_[row] = most;
    total_[row] = total_[row] * less + kernels().attend.exp(scores, most);
    if (less == 1.0F) return;
    float* sums = rows_.out + row * rows_.width;
    for (std::int64_t i = 0; i < rows_.width; ++i) sums[i] *= less;
  }

  void finish(float* out) const {
    for (std::int64_t row = 0; isRow(row); ++row) {
      const float* sums = rows_.out + row * rows_.width;
      float* to = out + ((first_ + row / group_) * all_.heads + headOf(row)) * rows_.dim;
      for (std::int64_t i = 0; i < rows_.dim; ++i) to[i] = sums[i] / total_[row];
    }
  }

  const ManyQueries& all_;
  std::int64_t kvHead_, first_, tokens_, group_;
  AttendRows rows_{};
  float *keys_ = nullptr, *values_ = nullptr, *q_ = nullptr, *most_ = nullptr, *total_ = nullptr;
};

}  // namespace

void attendMany(const ManyQueries& queries, float* out) {
  const std::int64_t blocks = (queries.time + kBlockTokens - 1) / kBlockTokens;
  ThreadPool::shared().parallelFor(
      blocks * queries.kvHeads, 1, [&](std::int64_t begin, std::int64_t end) {
        // The last tokens see the most keys: they go first, so that threads end together.
        for (std::int64_t i = begin; i < end; ++i)
          Block(queries, i % queries.kvHeads, (blocks - 1 - i / queries.kvHeads) * kBlockTokens)
              .run(out);
      });
}

}  // namespace orrery::kernels
