#pragma once

#include "core/models/model.h"
#include "core/models/multimodal/tower_stack.h"
#include "core/nn/convolution.h"
#include "core/nn/multihead_attention.h"

namespace orrery::models::multimodal {

/// What a tower makes of its input.
struct TowerOutput {
  at::Tensor hidden;  ///< last_hidden_state [batch, time, hidden]
  at::Tensor pooled;  ///< pooler_output [batch, width]; undefined for a tower without
};

/// The text encoder of CLIP (causal, read at the end token) or SigLIP (read at the last place).
class TextTower {
 public:
  TextTower(const nn::Weights& weights, const TextTowerConfig& config);

  /// Reads input_ids, attention_mask and position_ids, as checkInputs() leaves them.
  TowerOutput forward(const TensorMap& inputs, const nn::Observer* observer) const;
  static std::vector<std::string> inputNames();

  const TextTowerConfig& config() const { return config_; }

 private:
  at::Tensor pool(const at::Tensor& hidden, const at::Tensor& ids) const;

  TextTowerConfig config_;
  nn::Embedding tokens_, positions_;
  TowerStack stack_;
  nn::LayerNorm norm_;
  nn::Linear head_;  ///< SigLIP's
};

/// SigLIP's pooler: a learned query attends to all patches.
class AttentionPool {
 public:
  AttentionPool() = default;
  AttentionPool(const nn::Weights& weights, const VisionTowerConfig& config);
  /// hidden [batch, patches, hidden], additive mask [batch, 1, 1, patches] or undefined →
  /// [batch, hidden].
  at::Tensor operator()(const at::Tensor& hidden, const at::Tensor& mask) const;

 private:
  at::Tensor probe_;
  nn::MultiheadAttention attention_;
  nn::LayerNorm norm_;
  TowerMlp mlp_;
};

/// The picture encoder of CLIP, SigLIP, SigLIP 2, BLIP or Idefics3.
class VisionTower {
 public:
  VisionTower(const nn::Weights& weights, const VisionTowerConfig& config);

  /// Reads pixel_values [batch, channels, height, width], of another size than the config's where
  /// interpolate_pos_encoding is set; for SigLIP 2 pixel_values [batch,
  /// patches, channels * patch * patch], spatial_shapes [batch, 2] and pixel_attention_mask [batch,
  /// patches]; for Idefics3 pictures of any size, and patch_attention_mask [batch, rows, columns].
  TowerOutput forward(const TensorMap& inputs, const nn::Observer* observer) const;
  /// What some layers make of pixel_values, side by side: [batch, time, hidden * layers]. Layer 0
  /// is what enters the first block; the last one may be the number of blocks.
  at::Tensor states(const TensorMap& inputs, const std::vector<std::int64_t>& layers,
                    const nn::Observer* observer) const;
  std::vector<std::string> inputNames() const;

  const VisionTowerConfig& config() const { return config_; }

 private:
  at::Tensor embedAnySize(const at::Tensor& images, const at::Tensor& seen) const;
  at::Tensor positionsFor(const at::Tensor& images, bool interpolate) const;
  at::Tensor embedImages(const at::Tensor& images, bool interpolate) const;
  at::Tensor embedPatches(const at::Tensor& patches, const at::Tensor& grids) const;

  VisionTowerConfig config_;
  nn::Conv2d patches_;
  nn::Linear patchRows_;   ///< the same of patches that are cut out already (SigLIP 2)
  at::Tensor classToken_;  ///< [1, 1, hidden]; undefined for SigLIP
  at::Tensor positions_;   ///< [1, places, hidden]
  nn::LayerNorm preNorm_;  ///< CLIP's
  TowerStack stack_;
  nn::LayerNorm postNorm_;
  AttentionPool attentionPool_;
};

}  // namespace orrery::models::multimodal
