#pragma once

#include "core/models/speech/wav2vec2_config.h"
#include "core/nn/activation.h"
#include "core/nn/attention.h"
#include "core/nn/linear.h"
#include "core/nn/norm.h"
#include "core/nn/relative_bias.h"

namespace orrery::models::speech {

/// What the layers share in one pass.
struct WavePass {
  at::Tensor mask;      ///< additive, hides padding; or undefined
  at::Tensor distance;  ///< WavLM: bias by distance [1, heads, frames, frames]; or undefined
  const nn::Observer* observer = nullptr;
};

/// Self-attention; in WavLM (Chen et al. 2022) each frame decides how much the distance counts.
class WaveAttention {
 public:
  WaveAttention(const nn::Weights& weights, const Wav2Vec2Config& config);
  /// x [batch, frames, hidden] → the same shape; `map`, where given, receives the attention map.
  at::Tensor operator()(const at::Tensor& x, const WavePass& pass, at::Tensor* map) const;

 private:
  at::Tensor scoreBias(const at::Tensor& x, const WavePass& pass) const;

  std::int64_t heads_;
  nn::Linear query_, key_, value_, out_;
  std::optional<nn::Linear> gate_;
  at::Tensor gateScale_;  ///< [1, heads, 1, 1]
  nn::AttentionOptions options_;
};

/// Attention and a feed-forward net, with norms before or after each.
class WaveLayer {
 public:
  WaveLayer(const nn::Weights& weights, const Wav2Vec2Config& config);
  at::Tensor operator()(const at::Tensor& x, const WavePass& pass, at::Tensor* map) const;

  /// Takes the net of a language from the scope of this layer, if there are such.
  void takeAdapter(const nn::Weights& weights, const Wav2Vec2Config& config);

 private:
  /// The net that languages of MMS (Pratap et al. 2023) add to a layer.
  struct Adapter {
    nn::LayerNorm norm;
    nn::Linear in, out;
  };
  at::Tensor feedForward(const at::Tensor& x) const;

  bool normBefore_;
  WaveAttention attention_;
  nn::LayerNorm norm_, finalNorm_;
  nn::Linear up_, down_;
  nn::Activation activation_;
  std::optional<Adapter> adapter_;
};

}  // namespace orrery::models::speech
