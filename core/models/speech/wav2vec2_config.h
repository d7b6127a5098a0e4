#pragma once

#include <string>
#include <vector>

#include "core/models/speech/heads_config.h"

namespace orrery::models::speech {

/// The convolutions that make frames of samples, and the projection after them.
struct WaveFeaturesConfig {
  std::vector<std::int64_t> widths, kernels, strides;
  bool bias = false;
  bool layerNorms = false;  ///< after each convolution; else a group norm after the first one
  std::string activation = "gelu";
  bool projectionNorm = true;  ///< HuBERT may lack it
  std::int64_t hidden = 0;
  double normEps = 1e-5;
};

/// The convolution over frames that tells layers where they are.
struct WavePositionsConfig {
  std::int64_t kernel = 128, groups = 16, hidden = 0;
  std::int64_t layers = 0;  ///< data2vec's that many, each with a norm; 0: one, weight-normed
  bool batchNorm = false;   ///< HuBERT: before the convolution, whose weight is plain then
  std::string activation = "gelu";
};

/// Layers that shorten what the encoder made.
struct WaveAdapterConfig {
  std::int64_t layers = 0;  ///< 0: none
  std::int64_t hidden = 0, kernel = 3, stride = 2;
};

/// wav2vec2, hubert, wavlm and data2vec-audio. A config's fields, by transformers' names and with
/// its defaults.
struct Wav2Vec2Config {
  std::string modelType;
  const char* base = "";  ///< scope of the model below a head
  WaveFeaturesConfig features;
  WavePositionsConfig positions;
  WaveAdapterConfig adapter;
  HeadsConfig heads;
  std::int64_t hidden = 0, attentionHeads = 0, ffn = 0, layers = 0;
  double normEps = 1e-5;
  std::string activation = "gelu";
  bool normBefore = false;            ///< do_stable_layer_norm
  std::int64_t attentionAdapter = 0;  ///< width of a small net at the end of each layer; 0: none
  std::int64_t buckets = 0, maxDistance = 0;  ///< WavLM's bias by distance; 0: none
  bool maskToken = false;     ///< the checkpoint has a vector for frames that are hidden
  bool hidesFrames = true;    ///< apply_spec_augment
  bool givesFeatures = true;  ///< extract_features is an output, too
  // the quantizer of pre-training
  std::int64_t codeGroups = 2, codes = 320, codeWidth = 256, codeProjected = 256;

  static Wav2Vec2Config read(const JsonField& config);
};

ModelShape wav2vec2Shape(const JsonField& config);

/// The fields of the feature encoder and of the positions, which SpeechT5 has too.
WaveFeaturesConfig readWaveFeatures(const JsonField& config, std::int64_t hidden);
WavePositionsConfig readWavePositions(const JsonField& config, std::int64_t hidden);

}  // namespace orrery::models::speech
