#pragma once

#include <ATen/ATen.h>

#include <memory>
#include <vector>

#include "core/kernels/decode.h"

namespace orrery::nn {

/// How a key-value cache keeps its tokens.
struct CachePolicy {
  /// Tokens a layer looks back; older ones are dropped. 0: all are kept.
  std::int64_t window = 0;
  /// Room taken at once for that many tokens, which is then the limit. 0: grows as needed.
  std::int64_t capacity = 0;
};

/// Keys and values of one attention layer for one sequence, in chunks. Copies share all chunks and
/// take one of their own only when they write into it, so forking a sequence of any length is
/// cheap. Not thread-safe.
class LayerCache {
 public:
  static constexpr std::int64_t kChunkTokens = 64;
  /// Tokens kept beyond the window, so that a rewind of that many needs no recomputation.
  static constexpr std::int64_t kSlack = 256;

  explicit LayerCache(CachePolicy policy = {}) : policy_(policy) {}

  /// Adds keys and values [kv_heads, tokens, head_dim], float32.
  void append(const at::Tensor& keys, const at::Tensor& values);

  /// Tokens taken so far, dropped ones included.
  std::int64_t length() const { return length_; }
  /// Position of the oldest token that is still there.
  std::int64_t first() const { return first_; }
  /// Whether truncate(length) leaves all that later tokens look at.
  bool canTruncate(std::int64_t length) const;
  /// Forgets the tokens from `length` on.
  void truncate(std::int64_t length);

  /// Keys or values from first() to length(), [kv_heads, tokens, head_dim]; a view where one chunk
  /// holds them all.
  at::Tensor keys() const { return gather(0); }
  at::Tensor values() const { return gather(1); }
  /// The same where they lie, valid until the next change.
  std::vector<kernels::CacheChunk> chunks() const;

 private:
  struct Chunk {
    at::Tensor parts[2];  ///< keys, values: [kv_heads, chunk, head_dim]
  };
  std::int64_t chunkSize() const { return policy_.capacity ? policy_.capacity : kChunkTokens; }
  Chunk& writableChunk(std::int64_t index, const at::Tensor& like);
  void dropOld();
  at::Tensor gather(int part) const;

  CachePolicy policy_;
  std::vector<std::shared_ptr<Chunk>> chunks_;  ///< of positions from base_ on
  std::int64_t base_ = 0;                       ///< position of the first chunk's first token
  std::int64_t first_ = 0, length_ = 0;
};

/// The caches of all layers for one sequence. Copying forks.
struct SequenceCache {
  std::vector<LayerCache> layers;

  std::int64_t length() const { return layers.empty() ? 0 : layers.front().length(); }
  bool canTruncate(std::int64_t length) const;
  void truncate(std::int64_t length);
};

}  // namespace orrery::nn
