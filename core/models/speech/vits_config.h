#pragma once

#include <string>

#include "core/models/model_config.h"
#include "core/models/speech/hifi_gan_config.h"

namespace orrery::models::speech {

/// VITS (Kim et al. 2021). A config's fields, by transformers' names and with its defaults.
struct VitsConfig {
  std::int64_t vocab = 38, hidden = 192, layers = 6, heads = 2, ffn = 768;
  std::int64_t window = 4;  ///< furthest distance with a key and a value of its own; 0: none
  std::int64_t ffnKernel = 3, flow = 192;
  bool bias = true;  ///< of the attention's matrices
  std::string activation = "relu";
  double normEps = 1e-5;
  std::int64_t speakers = 1, speaker = 0;  ///< count, and width of an embedding
  HifiGanConfig decoder;
  // how long each token is spoken
  bool stochastic = true;
  std::int64_t durationKernel = 3, durationWidth = 256, durationFlows = 4;
  std::int64_t splitWidth = 2, splitLayers = 3, bins = 10;
  double tail = 5;
  // the flow from the text's distribution to the spectrogram's
  std::int64_t flows = 4, waveLayers = 4, waveKernel = 5, waveDilation = 1;
  // how it is spoken
  double rate = 1, noise = 0.667, durationNoise = 0.8;

  static VitsConfig read(const JsonField& config);
};

ModelShape vitsShape(const JsonField& config);

}  // namespace orrery::models::speech
