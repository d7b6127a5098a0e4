#pragma once

#include "core/models/vision/dpt_config.h"
#include "core/nn/activation.h"
#include "core/nn/convolution.h"
#include "core/nn/linear.h"

namespace orrery::models::vision {

/// The neck of dense prediction transformers (Ranftl et al. 2021): hidden states of a ViT become
/// maps of several sizes, which are fused from the coarsest to the finest.
class DptNeck {
 public:
  /// `in` has the channels of each hidden state.
  DptNeck(const nn::Weights& weights, const DptNeckConfig& config,
          const std::vector<std::int64_t>& in);
  ~DptNeck();

  /// Hidden states, maps [batch, in_i, height_i, width_i] or tokens [batch, 1 + patches, in_i] of
  /// which the first is a class token, as the config says → the fused map that the head looks at
  /// [batch, fusion hidden, height, width]. `grid` is the layout of the patches.
  at::Tensor operator()(const std::vector<at::Tensor>& states, Size grid) const;

 private:
  class Reassemble;
  class Residual;
  struct Fusion;

  DptNeckConfig config_;
  std::vector<Reassemble> reassemble_;  ///< of the states that are tokens
  std::vector<nn::Conv2d> convolutions_;
  std::vector<Fusion> fusions_;
};

/// x resized bilinearly so that corners stay where they are.
at::Tensor resizeCorners(const at::Tensor& x, Size to);

}  // namespace orrery::models::vision
