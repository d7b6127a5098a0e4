#include "core/nn/cache.h"

#include <algorithm>

#include "core/base/error.h"

namespace orrery::nn {
namespace {

/// `count` tokens of from [heads, tokens, dim], dim contiguous, to to [heads, room, dim]. Once a
/// token and layer: a general copy would cost more than the bytes do.
void copyTokens(const at::Tensor& from, std::int64_t first, std::int64_t count,
                const at::Tensor& to, std::int64_t offset) {
  const std::int64_t dim = from.size(2), room = to.size(1);
  const float* source = from.data_ptr<float>();
  float* target = to.data_ptr<float>();
  for (std::int64_t head = 0; head < from.size(0); ++head)
    for (std::int64_t i = 0; i < count; ++i)
      std::copy_n(source + head * from.stride(0) + (first + i) * from.stride(1), dim,
                  target + (head * room + offset + i) * dim);
}

}  // namespace

void LayerCache::append(const at::Tensor& keys, const at::Tensor& values) {
  if (keys.stride(2) != 1 || values.stride(2) != 1)
    return append(keys.contiguous(), values.contiguous());
  const std::int64_t tokens = keys.size(1);
  if (policy_.capacity && length_ + tokens > policy_.capacity)
    throw Error(ErrorKind::kInvalidInput, "{} tokens do not fit the cache of {}", length_ + tokens,
                policy_.capacity);
  const std::int64_t size = chunkSize();
  for (std::int64_t done = 0; done < tokens;) {
    const std::int64_t at = length_ - base_;
    const std::int64_t offset = at % size;
    const std::int64_t count = std::min(size - offset, tokens - done);
    Chunk& chunk = writableChunk(at / size, keys);
    copyTokens(keys, done, count, chunk.parts[0], offset);
    copyTokens(values, done, count, chunk.parts[1], offset);
    done += count;
    length_ += count;
  }
  dropOld();
}

LayerCache::Chunk& LayerCache::writableChunk(std::int64_t index, const at::Tensor& like) {
  if (index == static_cast<std::int64_t>(chunks_.size())) {
    auto chunk = std::make_shared<Chunk>();
    for (auto& part : chunk->parts)
      part = at::empty({like.size(0), chunkSize(), like.size(2)}, at::kFloat);
    chunks_.push_back(std::move(chunk));
  }
  auto& chunk = chunks_[static_cast<std::size_t>(index)];
  if (chunk.use_count() > 1) {
    auto own = std::make_shared<Chunk>();
    for (int i = 0; i < 2; ++i) own->parts[i] = chunk->parts[i].clone();
    chunk = std::move(own);
  }
  return *chunk;
}

void LayerCache::dropOld() {
  if (policy_.window == 0) return;
  const std::int64_t keep = length_ - policy_.window - kSlack;
  while (!chunks_.empty() && base_ + chunkSize() <= keep) {
    chunks_.erase(chunks_.begin());
    base_ += chunkSize();
  }
  first_ = std::max(first_, base_);
}

bool LayerCache::canTruncate(std::int64_t length) const {
  return first_ == 0 || length - policy_.window >= first_;
}

void LayerCache::truncate(std::int64_t length) {
  if (length >= length_) return;
  length_ = std::max(length, base_);
  const std::int64_t used = (length_ - base_ + chunkSize() - 1) / chunkSize();
  chunks_.resize(static_cast<std::size_t>(used));
}

at::Tensor LayerCache::gather(int part) const {
  std::vector<at::Tensor> pieces;
  for (std::size_t i = 0; i < chunks_.size(); ++i) {
    const std::int64_t start = base_ + static_cast<std::int64_t>(i) * chunkSize();
    const std::int64_t count = std::min(chunkSize(), length_ - start);
    pieces.push_back(chunks_[i]->parts[part].narrow(1, 0, count));
  }
  return pieces.size() == 1 ? pieces.front() : at::cat(pieces, 1);
}

std::vector<kernels::CacheChunk> LayerCache::chunks() const {
  std::vector<kernels::CacheChunk> result;
  result.reserve(chunks_.size());
  std::int64_t left = length_ - base_;
  for (const auto& chunk : chunks_) {
    result.push_back({chunk->parts[0].data_ptr<float>(), chunk->parts[1].data_ptr<float>(),
                      std::min(chunkSize(), left), chunkSize()});
    left -= chunkSize();
  }
  return result;
}

bool SequenceCache::canTruncate(std::int64_t length) const {
  return std::all_of(layers.begin(), layers.end(),
                     [&](const LayerCache& layer) { return layer.canTruncate(length); });
}

void SequenceCache::truncate(std::int64_t length) {
  for (auto& layer : layers) layer.truncate(length);
}

}  // namespace orrery::nn
