#include "core/models/vision/deformable_layers.h"

#include <fmt/format.h>

namespace orrery::models::vision {
namespace {

nn::DeformableAttention::Options attentionOf(const DeformableSizes& s) {
  return {s.hidden, s.heads, s.levels, s.points};
}

}  // namespace

DeformableEncoderLayer::DeformableEncoderLayer(const nn::Weights& w, const DeformableSizes& s)
    : attention_(w / "self_attn", attentionOf(s)),
      feedForward_(w, s.hidden, s.ffn, s.activation),
      attentionNorm_(w / "self_attn_layer_norm", s.hidden, s.normEps),
      finalNorm_(w / "final_layer_norm", s.hidden, s.normEps) {}

at::Tensor DeformableEncoderLayer::operator()(const nn::FeatureLevels& features,
                                              const at::Tensor& positions,
                                              const at::Tensor& references) const {
  const at::Tensor& x = features.values;
  const at::Tensor middle = attentionNorm_(x + attention_(x + positions, references, features));
  return finalNorm_(middle + feedForward_(middle));
}

DeformableDecoderLayer::DeformableDecoderLayer(const nn::Weights& w, const DeformableSizes& s)
    : self_(w / "self_attn", s.hidden, s.heads),
      cross_(w / "encoder_attn", attentionOf(s)),
      feedForward_(w, s.hidden, s.ffn, s.activation),
      selfNorm_(w / "self_attn_layer_norm", s.hidden, s.normEps),
      crossNorm_(w / "encoder_attn_layer_norm", s.hidden, s.normEps),
      finalNorm_(w / "final_layer_norm", s.hidden, s.normEps) {}

at::Tensor DeformableDecoderLayer::operator()(at::Tensor x, const at::Tensor& positions,
                                              const at::Tensor& references,
                                              const nn::FeatureLevels& features,
                                              at::Tensor* map) const {
  x = selfNorm_(x + self_.self(x, positions, {}, map));
  x = crossNorm_(x + cross_(x + positions, references, features));
  return finalNorm_(x + feedForward_(x));
}

nn::FeatureLevels flattenLevels(const std::vector<at::Tensor>& maps) {
  nn::FeatureLevels levels;
  std::vector<at::Tensor> flat;
  for (const at::Tensor& map : maps) {
    flat.push_back(map.flatten(2).transpose(1, 2));
    levels.sizes.push_back({map.size(2), map.size(3)});
  }
  levels.values = at::cat(flat, 1);
  return levels;
}

at::Tensor middlesOf(const std::array<std::int64_t, 2>& size) {
  const auto axes = at::meshgrid(
      {at::arange(size[0], at::kFloat) + 0.5, at::arange(size[1], at::kFloat) + 0.5}, "ij");
  return at::stack({axes[1], axes[0]}, -1).flatten(0, 1);
}

void tellDecoderLayer(const nn::Observer* observer, std::size_t layer, const at::Tensor& map,
                      const at::Tensor& x) {
  if (!observer) return;
  (*observer)(fmt::format("decoder.layers.{}.attention", layer), map);
  (*observer)(fmt::format("decoder.layers.{}.residual", layer), x);
}

}  // namespace orrery::models::vision
