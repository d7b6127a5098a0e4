#pragma once

#include "core/models/text/decoder_config.h"
#include "core/models/text/moe.h"
#include "core/nn/attention.h"
#include "core/nn/norm.h"
#include "core/nn/rotary.h"

namespace orrery::models::text {

/// The decoder-only stack of Llama and its relatives, without a head.
class Decoder {
 public:
  /// `weights` is the scope that holds embed_tokens, layers and norm.
  Decoder(const nn::Weights& weights, const DecoderConfig& config);
  ~Decoder();

  /// ids [batch, time] int64 → what enters the stack [batch, time, hidden].
  at::Tensor embed(const at::Tensor& ids) const;
  /// embeddings [batch, time, hidden] → hidden states after the last norm, of the same shape.
  at::Tensor forward(const at::Tensor& embeddings, const nn::Step& step) const;

  /// An empty cache for one sequence; sliding layers keep their window.
  nn::SequenceCache newCache() const;
  const nn::Embedding& embedding() const { return embedding_; }
  const DecoderConfig& config() const { return config_; }

 private:
  class Block;

  DecoderConfig config_;
  nn::Embedding embedding_;
  std::vector<nn::Rotary> rotaries_;
  std::vector<Block> blocks_;
  nn::RmsNorm rmsNorm_;
  nn::LayerNorm layerNorm_;
};

}  // namespace orrery::models::text
