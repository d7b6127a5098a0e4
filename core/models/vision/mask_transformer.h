#pragma once

#include <memory>

#include "core/models/vision/mask_head.h"
#include "core/models/vision/pixel_decoder.h"
#include "core/nn/multihead_attention.h"

namespace orrery::models::vision {

/// The transformer of Mask2Former and OneFormer: each query looks only where the mask that it
/// predicted so far is, at one level after the other.
class MaskTransformer {
 public:
  /// `weights` is the scope of the transformer module.
  MaskTransformer(const nn::Weights& weights, const Mask2FormerConfig& config, bool oneFormer);
  ~MaskTransformer();

  /// What is known before the first layer or after each: of each query.
  struct Prediction {
    at::Tensor states;  ///< normed, [batch, queries, hidden]
    at::Tensor masks;   ///< [batch, queries, height, width]; undefined if they are not wanted
  };
  struct Output {
    at::Tensor last;  ///< the last layer's states, not normed
    std::vector<Prediction> predictions;
  };
  struct Input {
    at::Tensor queries, positions;  ///< [batch, queries, hidden]
    const PixelDecoder::Output& pixels;
    bool allMasks = false;  ///< of every prediction, not of the last alone
    const nn::Observer* observer = nullptr;
  };
  Output forward(const Input& input) const;

  at::Tensor norm(const at::Tensor& x) const { return norm_(x); }

 private:
  class Layer;
  struct Level;
  std::vector<Level> prepare(const PixelDecoder::Output& pixels) const;

  at::Tensor levelEmbeddings_;  ///< [3, hidden]
  std::vector<std::shared_ptr<const Layer>> layers_;
  nn::LayerNorm norm_;
  MaskHead maskHead_;
};

}  // namespace orrery::models::vision
