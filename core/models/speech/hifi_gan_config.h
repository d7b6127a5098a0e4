#pragma once

#include <vector>

#include "core/base/json.h"

namespace orrery::models::speech {

/// A HiFi-GAN generator, by transformers' fields and with their defaults.
struct HifiGanConfig {
  std::int64_t channels = 80;                ///< of a spectrogram
  std::int64_t width = 512;                  ///< before the first step, each of which halves it
  std::int64_t speaker = 0;                  ///< width of a speaker's embedding; 0: none
  std::vector<std::int64_t> rates, kernels;  ///< of the steps that lengthen
  std::vector<std::int64_t> blockKernels;
  std::vector<std::vector<std::int64_t>> blockDilations;
  double slope = 0.1;
  bool outBias = true;

  /// Samples for each frame.
  std::int64_t samplesPerFrame() const;

  /// The fields that VITS and SpeechT5's vocoder have in common.
  static HifiGanConfig read(const JsonField& config, std::vector<std::int64_t> rates,
                            std::vector<std::int64_t> kernels);
};

}  // namespace orrery::models::speech
