#pragma once

#include "core/models/text/cross_decoder.h"
#include "core/models/text/encoder_config.h"
#include "core/nn/linear.h"
#include "core/nn/norm.h"

namespace orrery::models::text {

/// Attention of BERT's kind: with the sum and the norm after it.
class EncoderAttention {
 public:
  EncoderAttention() = default;
  /// `seen` is the width of what the keys and values are made from.
  EncoderAttention(const nn::Weights& weights, const EncoderNames& names,
                   const EncoderConfig& config, std::int64_t seen);

  /// x [batch, time, hidden] looks at seen [batch, keys, width]; additive mask or undefined.
  at::Tensor operator()(const at::Tensor& x, const at::Tensor& seen, const at::Tensor& mask,
                        at::Tensor* weights) const;
  /// The same of keys and values that cache() made, in one or more passes.
  at::Tensor beside(const at::Tensor& x, const CrossLayer& cache) const;
  CrossLayer cache(const at::Tensor& seen) const;
  /// A token looks at itself and those before it.
  at::Tensor causal(const at::Tensor& x, std::int64_t layer, const nn::Step& step) const;

 private:
  at::Tensor split(const at::Tensor& x) const;

  std::int64_t heads_ = 1;
  nn::Linear query_, key_, value_, out_;
  nn::LayerNorm norm_;
  nn::AttentionOptions options_;
};

/// The names of a layer's second attention, as BERT has them.
EncoderNames crossNames(EncoderNames names);

}  // namespace orrery::models::text
