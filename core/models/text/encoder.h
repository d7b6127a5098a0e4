#pragma once

#include "core/models/text/cross_decoder.h"
#include "core/models/text/encoder_config.h"
#include "core/nn/activation.h"
#include "core/nn/norm.h"
#include "core/nn/relative_bias.h"

namespace orrery::models::text {

/// BERT and its relatives, without a head.
class Encoder {
 public:
  /// `weights` is the scope that holds `embeddings` and `encoder` (or `transformer`).
  Encoder(const nn::Weights& weights, const EncoderConfig& config);
  ~Encoder();

  struct Input {
    at::Tensor ids;            ///< [batch, time]
    at::Tensor attentionMask;  ///< [batch, time] or undefined
    at::Tensor tokenTypes;     ///< [batch, time] or undefined: all 0
    at::Tensor positions;      ///< [batch, time] or undefined
    /// What cross-attention looks at, [batch, keys, crossHidden]; undefined: it is left out.
    at::Tensor crossed;
    const nn::Observer* observer = nullptr;
  };
  /// → last hidden state [batch, time, hidden].
  at::Tensor forward(const Input& input) const;

  /// As a decoder, in which a token sees itself and those before it: words [batch, time,
  /// embeddingDim] at step.positions → [batch, time, hidden]; appends to the caches of `step` if it
  /// has any. Layers look at `cross` unless it is empty.
  at::Tensor decode(const at::Tensor& words, const CrossCache& cross, const nn::Step& step) const;
  /// Of encoded [batch, keys, crossHidden].
  CrossCache crossCache(const at::Tensor& encoded) const;

  const nn::Embedding& wordEmbeddings() const { return words_; }

 private:
  class Block;
  at::Tensor embed(const at::Tensor& words, const at::Tensor& positions,
                   const at::Tensor& tokenTypes) const;

  EncoderConfig config_;
  nn::Embedding words_, positions_, types_;
  nn::LayerNorm embeddingNorm_;
  nn::Linear project_;
  nn::RelativeBias relative_;
  std::vector<Block> blocks_;
};

}  // namespace orrery::models::text
