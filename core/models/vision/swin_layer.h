#pragma once

#include "core/models/vision/swin.h"

namespace orrery::models::vision {

/// One layer of a stage of Swin.
class SwinLayer {
 public:
  /// `index` counts within the stage.
  SwinLayer(const nn::Weights& weights, const SwinConfig& config, std::size_t stage,
            std::int64_t index);

  /// x [batch, height, width, channels] → the same shape. `map`, where given, receives the
  /// attention map [batch * windows, heads, n, n].
  at::Tensor operator()(const at::Tensor& x, bool alwaysPartition, at::Tensor* map) const;

 private:
  /// Attention within the windows of x, as x.
  at::Tensor attend(const at::Tensor& x, bool alwaysPartition, at::Tensor* map) const;
  /// The same of one picture [height, width, channels], into `result`.
  void attendTo(const at::Tensor& x, const Windows& windows, at::Tensor& result,
                at::Tensor* map) const;
  /// windows [count, n, channels] → the same shape.
  at::Tensor attendWithin(const at::Tensor& windows, const at::Tensor& bias, at::Tensor* map) const;
  at::Tensor mlp(const at::Tensor& rows) const;
  at::Tensor addMlp(const at::Tensor& x) const;
  Windows windowsFor(Size map, bool alwaysPartition) const;
  void readBias(const nn::Weights& weights, std::int64_t pretrainedWindow);

  bool second_;
  std::int64_t heads_, window_, shift_;
  nn::LayerNorm normBefore_, normAfter_;
  nn::Linear query_, key_, value_, out_, up_, down_;
  at::Tensor bias_;        ///< [1, heads, n, n]
  at::Tensor logitScale_;  ///< V2: [heads, 1, 1]
  nn::Activation activation_;
  nn::AttentionOptions options_;
};

}  // namespace orrery::models::vision
