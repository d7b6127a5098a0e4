#pragma once

#include <optional>

#include "core/models/vision/vision_config.h"
#include "core/nn/attention.h"
#include "core/nn/linear.h"

/// Parts of vision transformers that keep their tokens as a map.
namespace orrery::models::vision {

struct GridAttentionConfig {
  std::int64_t hidden = 0, heads = 0;
  bool qkvBias = true;
  /// The map whose distances the checkpoint has positions for; none: no relative positions.
  std::optional<Size> relative;
};

/// Attention over a map of patches, with a bias for the distance in rows and in columns.
class GridAttention {
 public:
  GridAttention(const nn::Weights& weights, const GridAttentionConfig& config);

  /// x [batch, height, width, hidden] → the same shape. `map`, where given, receives the attention
  /// map [batch, heads, height * width, height * width].
  at::Tensor operator()(const at::Tensor& x, at::Tensor* map) const;

 private:
  std::int64_t heads_;
  nn::Linear qkv_, out_;
  at::Tensor rows_, columns_;  ///< [distances, channels of a head] or undefined
  nn::AttentionOptions options_;
};

/// x [batch, height, width, channels] → windows [batch * windows, size, size, channels]; zeros fill
/// up the last ones.
at::Tensor intoWindows(const at::Tensor& x, std::int64_t size);

/// The way back to `shape` [batch, height, width, channels].
at::Tensor fromWindows(const at::Tensor& windows, at::IntArrayRef shape);

}  // namespace orrery::models::vision
