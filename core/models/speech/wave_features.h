#pragma once

#include "core/models/speech/wav2vec2_config.h"
#include "core/nn/activation.h"
#include "core/nn/convolution.h"
#include "core/nn/convolution1d.h"
#include "core/nn/linear.h"
#include "core/nn/norm.h"

/// What stands before the layers of wav2vec 2.0 (Baevski et al. 2020) and its relatives.
namespace orrery::models::speech {

/// Convolutions over samples and the projection after them.
class WaveFeatures {
 public:
  WaveFeatures() = default;
  /// `base` is the scope that holds `feature_extractor` and `feature_projection`; where
  /// `convolutions` is another name, as in SpeechT5's.
  WaveFeatures(const nn::Weights& base, const WaveFeaturesConfig& config,
               const char* convolutions = "feature_extractor");

  struct Frames {
    at::Tensor hidden;    ///< [batch, frames, hidden]
    at::Tensor features;  ///< what was projected: [batch, frames, the last convolution's width]
  };
  /// wave [batch, samples]; an Error if that is less than one frame.
  Frames operator()(const at::Tensor& wave) const;

  /// Frames of `lengths` samples.
  at::Tensor lengths(at::Tensor lengths) const;

 private:
  struct Layer {
    nn::Conv1d convolution;
    std::optional<nn::LayerNorm> norm;
    std::optional<nn::GroupNorm> groupNorm;
  };
  at::Tensor convolve(const Layer& layer, const at::Tensor& x) const;

  std::vector<std::int64_t> kernels_, strides_;
  std::vector<Layer> layers_;
  nn::Activation activation_ = nullptr;
  std::optional<nn::LayerNorm> norm_;
  nn::Linear projection_;
};

/// Where frames are, by a convolution over them.
class WavePositions {
 public:
  WavePositions() = default;
  /// `weights` is the scope "pos_conv_embed".
  WavePositions(const nn::Weights& weights, const WavePositionsConfig& config);

  /// x [batch, frames, hidden] → what is to be added to it.
  at::Tensor operator()(const at::Tensor& x) const;

 private:
  std::int64_t kernel_ = 1;
  nn::BatchNorm2d batchNorm_;
  std::vector<nn::Conv1d> convolutions_;
  nn::LayerNorm norm_;  ///< without weights, after each convolution; undefined: none
  nn::Activation activation_ = nullptr;
};

}  // namespace orrery::models::speech
