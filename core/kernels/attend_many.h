#pragma once

#include <cstdint>
#include <span>

#include "core/kernels/decode.h"

namespace orrery::kernels {

/// The queries of successive tokens of one sequence against its cache, which holds their own keys
/// already. Query head h looks at key head h / (heads / kvHeads).
struct ManyQueries {
  const float* q = nullptr;  ///< [time, heads, headDim]
  std::int64_t time = 0, heads = 0, kvHeads = 0, headDim = 0;
  std::span<const CacheChunk> chunks;
  std::int64_t past = 0;    ///< keys before that of the first query
  std::int64_t window = 0;  ///< keys that a query sees, its own included; 0: all before it
  float scale = 1;
  float softcap = 0;             ///< scores become softcap * tanh(score / softcap); 0: they stay
  const float* sinks = nullptr;  ///< [heads] scores that take a share and give nothing; or null
};

/// Causal attention in float32, in one pass over the keys with a running maximum (Dao et al. 2022,
/// "FlashAttention"), so that no matrix of scores is kept. out: [time, heads, headDim]. Shared out
/// over the thread pool; the same bits whatever its size.
void attendMany(const ManyQueries& queries, float* out);

}  // namespace orrery::kernels
