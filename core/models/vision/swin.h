#pragma once

#include "core/models/vision/swin_config.h"
#include "core/models/vision/windows.h"
#include "core/nn/activation.h"
#include "core/nn/attention.h"
#include "core/nn/convolution.h"
#include "core/nn/linear.h"
#include "core/nn/norm.h"

namespace orrery::models::vision {

/// The stages of Swin (Liu et al. 2021) and Swin V2: layers that attend within windows; between two
/// stages, two by two patches become one.
class SwinStages {
 public:
  /// Takes stage i from `weights` / i.
  SwinStages(const nn::Weights& weights, const SwinConfig& config);
  ~SwinStages();

  /// Told of the embeddings as stage 0 and of each stage i before its patches are merged, [batch,
  /// height, width, channels].
  using OnStage = std::function<void(std::size_t stage, const at::Tensor& x)>;
  /// x [batch, height, width, channels] → the last stage's output of that form. `alwaysPartition`
  /// as in SwinEncoder::Input.
  at::Tensor forward(at::Tensor x, bool alwaysPartition, const nn::Observer* observer,
                     const OnStage& onStage = {}) const;

 private:
  struct Stage;
  std::vector<Stage> stages_;
};

/// Swin and Swin V2 without a head.
class SwinEncoder {
 public:
  /// `base` is the scope that holds `embeddings` and `encoder`. `withMaskToken`: masked patches may
  /// be given.
  SwinEncoder(const nn::Weights& base, const SwinConfig& config, bool withMaskToken = false);

  struct Input {
    at::Tensor pixels;         ///< [batch, channels, height, width]
    at::Tensor masked;         ///< bool_masked_pos [batch, patches]; or undefined
    bool interpolate = false;  ///< absolute positions fit pictures of another size
    /// Whether Swin's windows stay as they are where a map is smaller, as in a backbone. Swin V2
    /// decides by its config.
    bool alwaysPartition = false;
    const nn::Observer* observer = nullptr;
  };
  /// → the last stage's output [batch, height, width, features].
  at::Tensor forward(const Input& input, const SwinStages::OnStage& onStage = {}) const;

 private:
  at::Tensor embed(const Input& input) const;

  SwinConfig config_;
  nn::Conv2d projection_;
  nn::LayerNorm embeddingNorm_;
  at::Tensor maskToken_, positions_;
  SwinStages stages_;
};

}  // namespace orrery::models::vision
