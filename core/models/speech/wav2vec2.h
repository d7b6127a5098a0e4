#pragma once

#include "core/models/speech/heads.h"
#include "core/models/speech/wav2vec2_layers.h"
#include "core/models/speech/wave_features.h"

namespace orrery::models::speech {

/// wav2vec2, hubert, wavlm and data2vec-audio without a head.
class Wav2Vec2 {
 public:
  /// `base` is the scope that holds `feature_extractor` and `encoder`.
  Wav2Vec2(const nn::Weights& base, const Wav2Vec2Config& config);

  struct Input {
    at::Tensor wave;      ///< [batch, samples]
    at::Tensor mask;      ///< [batch, samples] of 0 and 1, or undefined
    at::Tensor hidden;    ///< [batch, frames]: frames to hide; or undefined
    bool states = false;  ///< those of all layers are wanted
    const nn::Observer* observer = nullptr;
  };
  struct Output {
    Encoded encoded;
    at::Tensor features;  ///< what was projected: [batch, frames, width]
  };
  Output operator()(const Input& input) const;

  /// Takes the nets of a language, which `base` holds by the names of the model's own.
  void takeAdapters(const nn::Weights& base);

  const Wav2Vec2Config& config() const { return config_; }

 private:
  at::Tensor hideFrames(const at::Tensor& x, const at::Tensor& hidden) const;
  at::Tensor encode(at::Tensor x, const at::Tensor& seen, const Input& input,
                    std::vector<at::Tensor>& states) const;
  at::Tensor adapt(at::Tensor x) const;

  Wav2Vec2Config config_;
  WaveFeatures features_;
  WavePositions positions_;
  nn::LayerNorm norm_;
  nn::RelativeBias distance_;
  std::vector<WaveLayer> layers_;
  at::Tensor maskToken_;  ///< [hidden] or undefined
  nn::Linear adapterIn_;
  nn::LayerNorm adapterNorm_;  ///< undefined where the adapter keeps the width
  std::vector<nn::Conv1d> adapters_;
};

}  // namespace orrery::models::speech
