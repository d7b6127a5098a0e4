#pragma once

#include "core/models/vision/sam_config.h"
#include "core/nn/convolution.h"
#include "core/nn/norm.h"

namespace orrery::models::vision {

/// What somebody points at in a picture. Places are in pixels of the model's input image, x before
/// y. At least one of points, boxes and masks may be there, or none.
struct SamPrompt {
  at::Tensor points;  ///< [batch, prompts, points, 2], or undefined
  /// [batch, prompts, points]: 1 part of the object, 0 not, -1 no point, -10 padding; undefined: 1.
  at::Tensor labels;
  at::Tensor boxes;  ///< [batch, prompts, 4]: left, top, right, bottom; or undefined
  at::Tensor masks;  ///< [batch, 1, 4 * grid, 4 * grid], of an earlier answer; or undefined
  /// Three masks for each prompt, as one click means several things, or the one for all.
  bool multimask = true;
};

/// Turns places in [0, 1] into sines and cosines of random directions.
class SamPositions {
 public:
  SamPositions() = default;
  SamPositions(const nn::Weights& weights, std::int64_t features);
  /// places [..., 2] → [..., 2 * features].
  at::Tensor operator()(const at::Tensor& places) const;
  /// Of the middles of a picture's patches: [1, grid * grid, 2 * features].
  at::Tensor ofGrid(std::int64_t grid) const;

 private:
  at::Tensor directions_;  ///< [2, features]
};

/// Prompts as embeddings.
class SamPromptEncoder {
 public:
  SamPromptEncoder(const nn::Weights& weights, const SamPromptConfig& config,
                   SamPositions positions);

  /// Points and boxes → [batch, prompts, tokens, hidden], undefined without any. An Error names
  /// what has another shape than the others.
  at::Tensor sparse(const SamPrompt& prompt) const;
  /// The mask → [batch or 1, hidden, grid, grid] or, without one, [1, hidden, 1, 1].
  at::Tensor dense(const SamPrompt& prompt) const;

 private:
  at::Tensor embedPoints(const SamPrompt& prompt) const;
  at::Tensor embedBoxes(const at::Tensor& boxes) const;

  SamPromptConfig config_;
  SamPositions positions_;
  at::Tensor kinds_[4];  ///< [1, hidden] of background, foreground and the corners of a box
  at::Tensor noPoint_, noMask_;
  nn::Conv2d mask1_, mask2_, mask3_;
  nn::LayerNorm maskNorm1_, maskNorm2_;
};

}  // namespace orrery::models::vision
