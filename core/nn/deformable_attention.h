#pragma once

#include <array>

#include "core/nn/linear.h"

namespace orrery::nn {

/// Feature maps of several resolutions, laid one after the other.
struct FeatureLevels {
  at::Tensor values;  ///< [batch, sum of rows * columns, hidden]
  at::Tensor mask;    ///< [batch, the same] bool, false for padding; undefined: none
  std::vector<std::array<std::int64_t, 2>> sizes;  ///< rows and columns of each level
};

/// Multi-scale deformable attention (Zhu et al. 2021): each query looks at few places around its
/// reference, which it chooses itself, in every level.
class DeformableAttention {
 public:
  struct Options {
    std::int64_t hidden = 0, heads = 0, levels = 0, points = 0;
  };

  DeformableAttention() = default;
  /// Takes `sampling_offsets`, `attention_weights`, `value_proj` and `output_proj`.
  DeformableAttention(const Weights& weights, const Options& options);

  /// queries [batch, queries, hidden], their positions added; references [batch, queries, levels or
  /// 1, 2 or 4]: x and y, and width and height if there are four, as shares of the picture →
  /// [batch, queries, hidden].
  at::Tensor operator()(const at::Tensor& queries, const at::Tensor& references,
                        const FeatureLevels& features) const;

 private:
  at::Tensor places(const at::Tensor& queries, const at::Tensor& references,
                    const FeatureLevels& features) const;
  at::Tensor mix(const at::Tensor& values, const at::Tensor& places, const at::Tensor& shares,
                 const FeatureLevels& features) const;

  Options options_;
  Linear offsets_, weights_, value_, out_;
};

}  // namespace orrery::nn
