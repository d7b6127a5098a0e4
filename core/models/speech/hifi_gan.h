#pragma once

#include "core/models/speech/hifi_gan_config.h"
#include "core/nn/convolution1d.h"

namespace orrery::models::speech {

/// HiFi-GAN (Kong et al. 2020): the generator, from spectrograms to samples.
class HifiGan {
 public:
  HifiGan() = default;
  /// `weights` is the scope that holds `conv_pre`, `upsampler`, `resblocks` and `conv_post`.
  HifiGan(const nn::Weights& weights, const HifiGanConfig& config);

  /// spectrogram [batch, channels, frames] and, where the config has speakers, the speaker's
  /// embedding [batch or 1, width, 1] or undefined → [batch, samples], from -1 to 1.
  at::Tensor operator()(const at::Tensor& spectrogram, const at::Tensor& speaker = {}) const;

 private:
  /// Pairs of convolutions, the first of each dilated.
  struct Block {
    std::vector<nn::Conv1d> dilated, plain;
  };
  at::Tensor run(const Block& block, at::Tensor x) const;

  double slope_ = 0;
  std::size_t blocksPerStep_ = 0;
  nn::Conv1d in_, speaker_, out_;
  std::vector<nn::ConvTranspose1d> steps_;
  std::vector<Block> blocks_;
};

}  // namespace orrery::models::speech
