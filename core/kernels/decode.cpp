#include "core/kernels/decode.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "core/base/thread_pool.h"
#include "core/kernels/kernel_table.h"

namespace orrery::kernels {
namespace {

/// Below that many multiplications another thread costs more than it saves.
constexpr std::int64_t kWorthSharing = 1 << 13;

/// y[o] = weight[o, :] . x, for rows of float32.
void dotRows(const float* weight, std::int64_t rows, std::int64_t columns, const float* x,
             float* y) {
  const DotArgs args{reinterpret_cast<const std::byte*>(weight),
                     4 * columns,
                     columns,
                     x,
                     nullptr,
                     1,
                     y,
                     rows,
                     nullptr};
  kernels().floats.f32(args, 0, rows);
}

/// Calls visit(chunk, its first token that counts, how many) for all that the query sees.
template <class Visit>
void forSeen(const SingleQuery& query, const Visit& visit) {
  std::int64_t skip = query.skip;
  for (const CacheChunk& chunk : query.chunks) {
    const std::int64_t first = std::min(skip, chunk.tokens);
    skip -= first;
    if (chunk.tokens > first) visit(chunk, first, chunk.tokens - first);
  }
}

/// Scores into shares that sum to one, the sink's included.
void softmax(std::vector<float>& scores, float sink) {
  float most = sink;
  for (const float score : scores) most = std::max(most, score);
  double total = std::exp(sink - most);
  for (float& score : scores) {
    score = std::exp(score - most);
    total += score;
  }
  const auto inverse = static_cast<float>(1 / total);
  for (float& score : scores) score *= inverse;
}

void attendHead(const SingleQuery& query, std::int64_t head, std::int64_t tokens, float* out) {
  thread_local std::vector<float> scores;
  scores.resize(static_cast<std::size_t>(tokens));
  const std::int64_t keyHead = head / (query.heads / query.kvHeads);
  std::int64_t at = 0;
  forSeen(query, [&](const CacheChunk& chunk, std::int64_t first, std::int64_t count) {
    dotRows(chunk.keys + (keyHead * chunk.room + first) * query.headDim, count, query.headDim,
            query.q + head * query.headDim, scores.data() + at);
    at += count;
  });
  for (float& score : scores) {
    score *= query.scale;
    if (query.softcap != 0) score = query.softcap * std::tanh(score / query.softcap);
  }
  softmax(scores, query.sinks ? query.sinks[head] : -std::numeric_limits<float>::infinity());
  std::fill_n(out, query.headDim, 0.0F);
  at = 0;
  forSeen(query, [&](const CacheChunk& chunk, std::int64_t first, std::int64_t count) {
    kernels().floats.addRows(chunk.values + (keyHead * chunk.room + first) * query.headDim, count,
                             query.headDim, scores.data() + at, out);
    at += count;
  });
}

}  // namespace

void attendOne(const SingleQuery& query, float* out) {
  std::int64_t tokens = 0;
  forSeen(query, [&](const CacheChunk&, std::int64_t, std::int64_t count) { tokens += count; });
  const std::int64_t grain = tokens * query.headDim < kWorthSharing ? query.heads : 1;
  ThreadPool::shared().parallelFor(query.heads, grain, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t head = begin; head < end; ++head)
      attendHead(query, head, tokens, out + head * query.headDim);
  });
}

}  // namespace orrery::kernels
