#pragma once

#include <array>

#include "core/nn/linear.h"

namespace orrery::nn {

/// torch.nn.MultiheadAttention, batch first: the three input projections are rows of one matrix.
class MultiheadAttention {
 public:
  MultiheadAttention() = default;
  /// Takes `in_proj_weight` [3 * hidden, hidden], `in_proj_bias` and `out_proj`.
  MultiheadAttention(const Weights& weights, std::int64_t hidden, std::int64_t heads);

  /// query [batch, time, hidden], key and value [batch, keys, hidden], additive mask broadcastable
  /// to [batch, heads, time, keys] or undefined → [batch, time, hidden].
  at::Tensor operator()(const at::Tensor& query, const at::Tensor& key, const at::Tensor& value,
                        const at::Tensor& mask = {}) const;

 private:
  std::int64_t heads_ = 1;
  std::array<Linear, 3> in_;  ///< for query, key and value
  Linear out_;
};

}  // namespace orrery::nn
