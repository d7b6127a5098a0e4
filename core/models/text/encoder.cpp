#include "core/models/text/encoder.h"

#include <fmt/format.h>

#include "core/models/text/encoder_attention.h"
#include "core/models/text/padded_positions.h"

namespace orrery::models::text {

using nn::Linear;
using Bias = nn::Linear::Bias;

class Encoder::Block {
 public:
  Block(const nn::Weights& w, const EncoderConfig& c)
      : self_(w, c.names, c, c.hidden),
        up_(w / c.names.up, c.hidden, c.ffn, Bias::kRequired),
        down_(w / c.names.down, c.ffn, c.hidden, Bias::kRequired),
        outNorm_(w / c.names.outNorm, c.hidden, c.normEps),
        activation_(nn::activation(c.activation)) {
    if (c.crossHidden > 0) cross_ = EncoderAttention(w, crossNames(c.names), c, c.crossHidden);
  }

  at::Tensor operator()(const at::Tensor& x, const at::Tensor& mask, const Input& input,
                        at::Tensor* weights) const {
    at::Tensor middle = self_(x, x, mask, weights);
    if (input.crossed.defined()) middle = cross_(middle, input.crossed, {}, nullptr);
    return feedForward(middle);
  }
  at::Tensor decode(const at::Tensor& x, std::size_t layer, const CrossCache& cross,
                    const nn::Step& step) const {
    at::Tensor middle = self_.causal(x, static_cast<std::int64_t>(layer), step);
    if (!cross.empty()) middle = cross_.beside(middle, cross[layer]);
    return feedForward(middle);
  }
  CrossLayer crossCache(const at::Tensor& encoded) const { return cross_.cache(encoded); }

 private:
  at::Tensor feedForward(const at::Tensor& x) const {
    return outNorm_(down_(activation_(up_(x))) + x);
  }

  EncoderAttention self_, cross_;
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

at::Tensor Encoder::embed(const at::Tensor& words, const at::Tensor& positions,
                          const at::Tensor& tokenTypes) const {
  at::Tensor x = words;
  if (config_.tokenTypes > 0)
    x = x + types_(tokenTypes.defined() ? tokenTypes.to(at::kLong)
                                        : at::zeros(x.sizes().slice(0, 2), at::kLong));
  x = embeddingNorm_(x + positions_(positions));
  return config_.embeddingDim != config_.hidden ? project_(x) : x;
}

at::Tensor Encoder::forward(const Input& input) const {
  at::Tensor positions = input.positions;
  if (!positions.defined()) {
    positions = at::arange(input.ids.size(1), at::kLong).unsqueeze(0);
    if (config_.positionPadding >= 0)
      positions = paddedPositions(input.ids, config_.positionPadding, positions);
  }
  at::Tensor x = embed(words_(input.ids), positions, input.tokenTypes);
  at::Tensor mask = nn::paddingMask(input.attentionMask);
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

at::Tensor Encoder::decode(const at::Tensor& words, const CrossCache& cross,
                           const nn::Step& step) const {
  at::Tensor x = embed(words, step.positions, {});
  for (std::size_t i = 0; i < blocks_.size(); ++i) {
    step.throwIfCancelled();
    x = blocks_[i].decode(x, i, cross, step);
    if (step.observer) step.observe(fmt::format("layers.{}.residual", i), x);
  }
  return x;
}

CrossCache Encoder::crossCache(const at::Tensor& encoded) const {
  CrossCache result;
  for (const Block& block : blocks_) result.push_back(block.crossCache(encoded));
  return result;
}

}  // namespace orrery::models::text
