#include "core/models/text/encoder.h"

#include <fmt/format.h>

#include <cmath>

namespace orrery::models::text {

using nn::Linear;
using Bias = nn::Linear::Bias;

namespace {

/// Attention with the sum and the norm after it.
class Attention {
 public:
  Attention() = default;
  /// `seen` is the width of what the keys and values are made from.
  Attention(const nn::Weights& w, const EncoderNames& names, const EncoderConfig& c,
            std::int64_t seen)
      : heads_(c.heads),
        query_(w / names.query, c.hidden, c.hidden, Bias::kRequired),
        key_(w / names.key, seen, c.hidden, Bias::kRequired),
        value_(w / names.value, seen, c.hidden, Bias::kRequired),
        out_(w / names.attentionOut, c.hidden, c.hidden, Bias::kRequired),
        norm_(w / names.attentionNorm, c.hidden, c.normEps) {
    options_.scale = 1 / std::sqrt(static_cast<double>(c.hidden / c.heads));
  }

  at::Tensor operator()(const at::Tensor& x, const at::Tensor& seen, const at::Tensor& mask,
                        at::Tensor* weights) const {
    const at::Tensor attended = nn::attend(split(query_(x)), split(key_(seen)), split(value_(seen)),
                                           mask, options_, weights);
    return norm_(out_(attended) + x);
  }

 private:
  at::Tensor split(const at::Tensor& x) const {
    return x.reshape({x.size(0), x.size(1), heads_, -1}).transpose(1, 2);
  }

  std::int64_t heads_ = 1;
  Linear query_, key_, value_, out_;
  nn::LayerNorm norm_;
  nn::AttentionOptions options_;
};

/// The names of a layer's second attention, as BERT has them.
EncoderNames crossNames(EncoderNames names) {
  names.query = "crossattention.self.query";
  names.key = "crossattention.self.key";
  names.value = "crossattention.self.value";
  names.attentionOut = "crossattention.output.dense";
  names.attentionNorm = "crossattention.output.LayerNorm";
  return names;
}

}  // namespace

class Encoder::Block {
 public:
  Block(const nn::Weights& w, const EncoderConfig& c)
      : self_(w, c.names, c, c.hidden),
        up_(w / c.names.up, c.hidden, c.ffn, Bias::kRequired),
        down_(w / c.names.down, c.ffn, c.hidden, Bias::kRequired),
        outNorm_(w / c.names.outNorm, c.hidden, c.normEps),
        activation_(nn::activation(c.activation)) {
    if (c.crossHidden > 0) cross_ = Attention(w, crossNames(c.names), c, c.crossHidden);
  }

  at::Tensor operator()(const at::Tensor& x, const at::Tensor& mask, const Input& input,
                        at::Tensor* weights) const {
    at::Tensor middle = self_(x, x, mask, weights);
    if (input.crossed.defined()) middle = cross_(middle, input.crossed, {}, nullptr);
    return outNorm_(down_(activation_(up_(middle))) + middle);
  }

 private:
  Attention self_, cross_;
  Linear up_, down_;
  nn::LayerNorm outNorm_;
  nn::Activation activation_;
};

Encoder::Encoder(const nn::Weights& w, const EncoderConfig& c) : config_(c) {
  const nn::Weights embeddings = w / "embeddings";
  words_ = nn::Embedding(embeddings / "word_embeddings", c.vocab, c.embeddingDim);
  positions_ = nn::Embedding(embeddings / "position_embeddings", c.maxPositions, c.embeddingDim);
  if (c.tokenTypes > 0)
    types_ = nn::Embedding(embeddings / "token_type_embeddings", c.tokenTypes, c.embeddingDim);
  embeddingNorm_ = nn::LayerNorm(embeddings / "LayerNorm", c.embeddingDim, c.normEps);
  if (c.embeddingDim != c.hidden)
    project_ = Linear(w / "embeddings_project", c.embeddingDim, c.hidden, Bias::kRequired);
  if (c.relativeBuckets > 0)
    relative_ = nn::RelativeBias(w / "encoder.relative_attention_bias", c.relativeBuckets, c.heads,
                                 128, true);
  for (std::int64_t i = 0; i < c.layers; ++i) blocks_.emplace_back(w / c.names.layers / i, c);
}

Encoder::~Encoder() = default;

at::Tensor Encoder::embed(const Input& input) const {
  at::Tensor positions = input.positions;
  if (!positions.defined() && config_.positionPadding >= 0) {
    const at::Tensor real = input.ids.ne(config_.positionPadding).to(at::kLong);
    positions = real.cumsum(1) * real + config_.positionPadding;
  } else if (!positions.defined()) {
    positions = at::arange(input.ids.size(1), at::kLong).unsqueeze(0);
  }
  at::Tensor x = words_(input.ids);
  if (config_.tokenTypes > 0)
    x = x + types_(input.tokenTypes.defined() ? input.tokenTypes.to(at::kLong)
                                              : at::zeros_like(input.ids));
  x = embeddingNorm_(x + positions_(positions));
  return config_.embeddingDim != config_.hidden ? project_(x) : x;
}

at::Tensor Encoder::forward(const Input& input) const {
  at::Tensor x = embed(input);
  at::Tensor mask = input.causal ? nn::causalMask(x.size(1), 0, 0, 0, input.attentionMask)
                                 : nn::paddingMask(input.attentionMask);
  if (relative_.defined()) {
    const at::Tensor bias = relative_(x.size(1), x.size(1));
    mask = mask.defined() ? mask + bias : bias;
  }
  for (std::size_t i = 0; i < blocks_.size(); ++i) {
    at::Tensor map;
    x = blocks_[i](x, mask, input, input.observer ? &map : nullptr);
    if (!input.observer) continue;
    (*input.observer)(fmt::format("layers.{}.attention", i), map);
    (*input.observer)(fmt::format("layers.{}.residual", i), x);
  }
  return x;
}

}  // namespace orrery::models::text
