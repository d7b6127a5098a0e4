#pragma once

#include "core/models/multimodal/qwen2_vl_config.h"
#include "core/models/multimodal/tower_stack.h"

namespace orrery::models::multimodal {

/// The picture encoder of Qwen2-VL: the patches of all pictures in one row, each frame seeing
/// itself only.
class Qwen2VlVision {
 public:
  Qwen2VlVision(const nn::Weights& weights, const Qwen2VlVisionConfig& config);

  /// patches [count, channels * frames * patch²], square by square as the processor lays them out;
  /// grids [pictures, 3] int64 (frames, rows, columns of patches) → [count / merge², out]. An Error
  /// names `what` ("image", "video") if the grids are not those of the patches.
  at::Tensor forward(const at::Tensor& patches, const at::Tensor& grids, const char* what,
                     const nn::Observer* observer) const;

  const Qwen2VlVisionConfig& config() const { return config_; }

 private:
  class Block;

  Qwen2VlVisionConfig config_;
  nn::Linear patches_;
  std::vector<std::shared_ptr<const Block>> blocks_;
  nn::LayerNorm norm_;
  nn::Linear mergeIn_, mergeOut_;
};

}  // namespace orrery::models::multimodal
