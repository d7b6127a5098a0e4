#pragma once

#include "core/models/vision/sam_config.h"
#include "core/nn/attention.h"
#include "core/nn/convolution.h"
#include "core/nn/linear.h"
#include "core/nn/norm.h"

namespace orrery::models::vision {

/// Masks that a picture gives for prompts.
struct SamMasks {
  at::Tensor logits;  ///< [batch, prompts, masks, 4 * grid, 4 * grid]; above 0: part of the object
  at::Tensor scores;  ///< [batch, prompts, masks]: the intersection over union that is expected
};

/// Linear layers with a ReLU between.
class SamFeedForward {
 public:
  SamFeedForward(const nn::Weights& weights, std::int64_t in, std::int64_t hidden, std::int64_t out,
                 std::int64_t layers);
  at::Tensor operator()(const at::Tensor& x) const;

 private:
  std::vector<nn::Linear> layers_;
};

/// SAM's mask decoder: tokens of the masks and of the prompt look at the picture, and it at them.
class SamMaskDecoder {
 public:
  SamMaskDecoder(const nn::Weights& weights, const SamMaskConfig& config);
  ~SamMaskDecoder();

  struct Input {
    at::Tensor image;      ///< [batch, hidden, grid, grid], the dense prompt added
    at::Tensor positions;  ///< [1, grid * grid, hidden]
    at::Tensor sparse;     ///< [batch, prompts, tokens, hidden] or undefined
    bool multimask = true;
  };
  SamMasks forward(const Input& input) const;

 private:
  class Attention;
  class Block;
  struct Parts;

  at::Tensor upscale(const at::Tensor& image) const;

  SamMaskConfig config_;
  at::Tensor tokens_;  ///< [1 + masks + 1, hidden]: of the scores, of the masks
  std::unique_ptr<const Parts> transformer_;
  nn::ConvTranspose2d upscale1_, upscale2_;
  nn::LayerNorm upscaleNorm_;
  std::vector<SamFeedForward> hyper_;  ///< for each mask token, the weights of its pixels
  SamFeedForward score_;
};

}  // namespace orrery::models::vision
