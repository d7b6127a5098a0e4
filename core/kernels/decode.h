#pragma once

#include <cstdint>
#include <span>

namespace orrery::kernels {

/// Keys and values of some tokens in a row, [kv_heads, room, head_dim], of which the first `tokens`
/// of each head count.
struct CacheChunk {
  const float* keys = nullptr;
  const float* values = nullptr;
  std::int64_t tokens = 0;
  std::int64_t room = 0;
};

/// One query per head against all tokens of the chunks. Query head h looks at key head
/// h / (heads / kvHeads).
struct SingleQuery {
  const float* q = nullptr;  ///< [heads, headDim]
  std::int64_t heads = 0, kvHeads = 0, headDim = 0;
  std::span<const CacheChunk> chunks;
  std::int64_t skip = 0;  ///< tokens at the front that a sliding window has left behind
  float scale = 1;
  float softcap = 0;             ///< scores become softcap * tanh(score / softcap); 0: they stay
  const float* sinks = nullptr;  ///< [heads] scores that take a share and give nothing; or null
};

/// out: [heads, headDim]. Shared out over the thread pool by heads; the same bits whatever its
/// size.
void attendOne(const SingleQuery& query, float* out);

}  // namespace orrery::kernels
