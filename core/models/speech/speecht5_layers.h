#pragma once

#include "core/models/speech/speecht5_config.h"
#include "core/models/text/cross_decoder.h"
#include "core/nn/activation.h"
#include "core/nn/linear.h"
#include "core/nn/norm.h"

/// The stacks of SpeechT5, which all its heads have, whatever stands before and after them.
namespace orrery::models::speech {

struct SpeechT5Attention {
  SpeechT5Attention(const nn::Weights& weights, std::int64_t hidden, std::int64_t heads);
  /// x [batch, time, hidden] → [batch, heads, time, head_dim].
  at::Tensor split(const at::Tensor& x) const;

  std::int64_t heads;
  nn::Linear query, key, value, out;
};

struct SpeechT5FeedForward {
  SpeechT5FeedForward(const nn::Weights& weights, const SpeechT5Config& config, std::int64_t ffn);
  at::Tensor operator()(const at::Tensor& x) const;

  nn::Activation activation;
  nn::Linear in, out;
};

/// Layers whose attention is told how far tokens lie apart (Shaw et al. 2018).
class SpeechT5Encoder {
 public:
  /// `weights` is the scope "wrapped_encoder".
  SpeechT5Encoder(const nn::Weights& weights, const SpeechT5Config& config);

  /// x [batch, time, hidden] → the same; attentionMask [batch, time] or undefined.
  at::Tensor operator()(at::Tensor x, const at::Tensor& attentionMask,
                        const nn::Observer* observer) const;

 private:
  struct Layer {
    SpeechT5Attention attention;
    nn::LayerNorm norm;
    SpeechT5FeedForward feedForward;
    nn::LayerNorm finalNorm;
  };

  std::int64_t maxDistance_;
  at::Tensor distances_;  ///< [2 * maxDistance, head_dim]
  nn::LayerNorm norm_;
  std::vector<Layer> layers_;
};

/// Layers that look at what an encoder made.
class SpeechT5Decoder {
 public:
  /// `weights` is the scope "wrapped_decoder".
  SpeechT5Decoder(const nn::Weights& weights, const SpeechT5Config& config);

  /// x [batch, time, hidden] → the same; `crossMask`, as nn::paddingMask() gives it, hides a part
  /// of what was encoded. Appends to the caches of `step`.
  at::Tensor operator()(at::Tensor x, const text::CrossCache& cross, const at::Tensor& crossMask,
                        const nn::Step& step) const;
  text::CrossCache crossCache(const at::Tensor& encoded) const;
  nn::SequenceCache newCache() const;

 private:
  struct Layer {
    SpeechT5Attention self;
    nn::LayerNorm selfNorm;
    SpeechT5Attention cross;
    nn::LayerNorm crossNorm;
    SpeechT5FeedForward feedForward;
    nn::LayerNorm finalNorm;
  };
  nn::AttentionOptions options_;
  std::vector<Layer> layers_;
};

}  // namespace orrery::models::speech
