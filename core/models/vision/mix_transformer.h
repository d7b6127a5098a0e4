#pragma once

#include "core/models/vision/mix_config.h"
#include "core/nn/activation.h"
#include "core/nn/attention.h"
#include "core/nn/convolution.h"
#include "core/nn/linear.h"
#include "core/nn/norm.h"

namespace orrery::models::vision {

/// The encoder of SegFormer (Xie et al. 2021): stages of overlapping patches, whose layers attend
/// to fewer keys than there are tokens and mix neighbours in the MLP, so that positions need no
/// table.
class MixTransformer {
 public:
  /// Takes `weights` / "patch_embeddings", "block" and "layer_norm".
  MixTransformer(const nn::Weights& weights, const MixConfig& config);
  ~MixTransformer();

  /// pixels [batch, channels, height, width] → the map of each stage [batch, hidden_i, height_i,
  /// width_i], from fine to coarse.
  std::vector<at::Tensor> forward(const at::Tensor& pixels, const nn::Observer* observer) const;

 private:
  class Layer;
  struct Stage;
  std::vector<Stage> stages_;
};

}  // namespace orrery::models::vision
