#pragma once

#include "core/nn/linear.h"

namespace orrery::nn {

/// Attention bias by distance in logarithmic buckets (Raffel et al. 2020, "T5"; also MPNet).
class RelativeBias {
 public:
  RelativeBias() = default;
  /// Takes the table [buckets, heads] of `weights`.
  RelativeBias(const Weights& weights, std::int64_t buckets, std::int64_t heads,
               std::int64_t maxDistance, bool bidirectional);

  /// Bias [1, heads, time, keys] for queries at positions past … past + time - 1 and keys from 0.
  at::Tensor operator()(std::int64_t time, std::int64_t keys, std::int64_t past = 0) const;
  bool defined() const { return table_.defined(); }

 private:
  at::Tensor table_;
  std::int64_t buckets_ = 0, maxDistance_ = 0;
  bool bidirectional_ = true;
};

}  // namespace orrery::nn
