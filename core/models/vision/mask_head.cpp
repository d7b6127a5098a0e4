#include "core/models/vision/mask_head.h"

namespace orrery::models::vision {

MaskHead::MaskHead(const nn::Weights& w, const PredictionHead::Sizes& s) {
  for (std::int64_t i = 0; i < s.layers; ++i)
    layers_.emplace_back(w / i / 0, i == 0 ? s.in : s.hidden, i + 1 == s.layers ? s.out : s.hidden,
                         nn::Linear::Bias::kRequired);
}

at::Tensor MaskHead::embed(const at::Tensor& x) const {
  at::Tensor result = layers_.front()(x);
  for (std::size_t i = 1; i < layers_.size(); ++i) result = layers_[i](at::relu(result));
  return result;
}

at::Tensor MaskHead::masks(const at::Tensor& queries, const at::Tensor& features) const {
  return at::matmul(embed(queries), features.flatten(2))
      .view({queries.size(0), queries.size(1), features.size(2), features.size(3)});
}

}  // namespace orrery::models::vision
