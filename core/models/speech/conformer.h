#pragma once

#include "core/models/speech/conformer_config.h"
#include "core/nn/activation.h"
#include "core/nn/attention.h"
#include "core/nn/convolution1d.h"
#include "core/nn/linear.h"
#include "core/nn/norm.h"

namespace orrery::models::speech {

/// What the layers of a conformer share in one pass.
struct ConformerPass {
  at::Tensor mask;       ///< additive, hides padding; or undefined
  at::Tensor seen;       ///< [batch, frames], false for padding; or undefined
  at::Tensor positions;  ///< as the attention wants them; see conformerPositions()
};

/// What stands for the positions of `frames` frames: rotary: cosine and sine [2, frames, 1, dim];
/// relative: a sine for each distance from frames - 1 to 1 - frames [1, distances, hidden];
/// relative keys: which one of them each pair has [frames, frames]; else undefined.
at::Tensor conformerPositions(const ConformerConfig& config, std::int64_t frames);

/// Two matrices with an activation between them.
class ConformerFeedForward {
 public:
  ConformerFeedForward() = default;
  ConformerFeedForward(const nn::Weights& weights, std::int64_t hidden, std::int64_t ffn,
                       const std::string& activation);
  at::Tensor operator()(const at::Tensor& x) const { return down_(activation_(up_(x))); }

 private:
  nn::Linear up_, down_;
  nn::Activation activation_ = nullptr;
};

/// Self-attention with positions by distance.
class ConformerAttention {
 public:
  ConformerAttention(const nn::Weights& weights, const ConformerConfig& config, std::int64_t hidden,
                     ConformerConfig::Positions positions);
  /// x [batch, frames, hidden] → the same shape; `map`, where given, receives the attention map.
  at::Tensor operator()(const at::Tensor& x, const ConformerPass& pass,
                        at::Tensor* map = nullptr) const;

 private:
  at::Tensor turn(const at::Tensor& x, const at::Tensor& angles) const;
  at::Tensor distanceScores(const at::Tensor& query, const ConformerPass& pass) const;

  std::int64_t heads_;
  ConformerConfig::Positions positions_;
  nn::Linear query_, key_, value_, out_, position_;
  at::Tensor contentBias_, distanceBias_;  ///< [heads, 1, dim]
  at::Tensor keys_;                        ///< [distances, dim]
  nn::AttentionOptions options_;
};

/// A feed-forward net, attention, a convolution over what came before, and another net.
class ConformerLayer {
 public:
  ConformerLayer(const nn::Weights& weights, const ConformerConfig& config);
  at::Tensor operator()(const at::Tensor& x, const ConformerPass& pass, at::Tensor* map) const;

 private:
  at::Tensor convolve(const at::Tensor& x, const at::Tensor& seen) const;

  std::int64_t kernel_;
  nn::LayerNorm firstNorm_, attentionNorm_, convolutionNorm_, depthwiseNorm_, secondNorm_,
      finalNorm_;
  ConformerFeedForward first_, second_;
  ConformerAttention attention_;
  nn::Conv1d pointwiseIn_, depthwise_, pointwiseOut_;
  nn::Activation activation_;
};

/// A layer that shortens what the encoder made.
class ConformerAdapter {
 public:
  ConformerAdapter(const nn::Weights& weights, const ConformerConfig& config);
  at::Tensor operator()(const at::Tensor& x, const at::Tensor& lengths) const;

 private:
  nn::LayerNorm residualNorm_, attentionNorm_, netNorm_;
  nn::Conv1d residual_, shorten_;
  ConformerAttention attention_;
  ConformerFeedForward net_;
};

}  // namespace orrery::models::speech
