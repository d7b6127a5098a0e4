#pragma once

#include "core/models/vision/detr_layers.h"
#include "core/nn/deformable_attention.h"

/// Layers of the detectors that look at several feature maps at once.
namespace orrery::models::vision {

struct DeformableSizes {
  std::int64_t hidden = 0, heads = 0, ffn = 0, levels = 0, points = 0;
  std::string activation;
  double normEps = 1e-5;
};

/// Every place of every level looks at some others.
class DeformableEncoderLayer {
 public:
  DeformableEncoderLayer(const nn::Weights& weights, const DeformableSizes& sizes);

  /// The features' values, which it replaces, are at `references` [batch, places, levels, 2] and
  /// have `positions` [batch, places, hidden].
  at::Tensor operator()(const nn::FeatureLevels& features, const at::Tensor& positions,
                        const at::Tensor& references) const;

 private:
  nn::DeformableAttention attention_;
  FeedForward feedForward_;
  nn::LayerNorm attentionNorm_, finalNorm_;
};

/// Object queries look at each other and at the feature maps.
class DeformableDecoderLayer {
 public:
  DeformableDecoderLayer(const nn::Weights& weights, const DeformableSizes& sizes);

  /// x and its positions [batch, queries, hidden], references [batch, queries, levels or 1, 2 or
  /// 4] → the next x. `map`, where given, receives the queries' attention to each other.
  at::Tensor operator()(at::Tensor x, const at::Tensor& positions, const at::Tensor& references,
                        const nn::FeatureLevels& features, at::Tensor* map) const;

 private:
  PlacedAttention self_;
  nn::DeformableAttention cross_;
  FeedForward feedForward_;
  nn::LayerNorm selfNorm_, crossNorm_, finalNorm_;
};

/// Maps [batch, hidden, rows, columns] of several sizes, laid one after the other.
nn::FeatureLevels flattenLevels(const std::vector<at::Tensor>& maps);

/// The middles of a map's places, [rows * columns, 2]: x and y, counted in places from 0.5.
at::Tensor middlesOf(const std::array<std::int64_t, 2>& size);

/// Tells `observer`, if there is one, what a decoder layer gave.
void tellDecoderLayer(const nn::Observer* observer, std::size_t layer, const at::Tensor& map,
                      const at::Tensor& x);

}  // namespace orrery::models::vision
