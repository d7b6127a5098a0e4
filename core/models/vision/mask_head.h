#pragma once

#include "core/models/vision/detr_layers.h"

namespace orrery::models::vision {

/// Turns each query into a mask: linear layers with a ReLU between, `<i>.0` of a scope, whose
/// result is compared with the features of every pixel.
class MaskHead {
 public:
  MaskHead() = default;
  MaskHead(const nn::Weights& weights, const PredictionHead::Sizes& sizes);

  /// x [..., in] → [..., out].
  at::Tensor embed(const at::Tensor& x) const;
  /// queries [batch, queries, in], features [batch, out, height, width] → [batch, queries, height,
  /// width].
  at::Tensor masks(const at::Tensor& queries, const at::Tensor& features) const;

 private:
  std::vector<nn::Linear> layers_;
};

}  // namespace orrery::models::vision
