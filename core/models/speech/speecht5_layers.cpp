#include "core/models/speech/speecht5_layers.h"

#include <cmath>

namespace orrery::models::speech {

using nn::LayerNorm;
using nn::Linear;
using nn::Weights;

SpeechT5Attention::SpeechT5Attention(const Weights& w, std::int64_t hidden, std::int64_t headCount)
    : heads(headCount),
      query(w / "q_proj", hidden, hidden, Linear::Bias::kRequired),
      key(w / "k_proj", hidden, hidden, Linear::Bias::kRequired),
      value(w / "v_proj", hidden, hidden, Linear::Bias::kRequired),
      out(w / "out_proj", hidden, hidden, Linear::Bias::kRequired) {}

at::Tensor SpeechT5Attention::split(const at::Tensor& x) const {
  return x.view({x.size(0), x.size(1), heads, -1}).transpose(1, 2);
}

SpeechT5FeedForward::SpeechT5FeedForward(const Weights& w, const SpeechT5Config& c,
                                         std::int64_t ffn)
    : activation(nn::activation(c.activation)),
      in(w / "intermediate_dense", c.hidden, ffn, Linear::Bias::kRequired),
      out(w / "output_dense", ffn, c.hidden, Linear::Bias::kRequired) {}

at::Tensor SpeechT5FeedForward::operator()(const at::Tensor& x) const {
  return out(activation(in(x)));
}

SpeechT5Encoder::SpeechT5Encoder(const Weights& w, const SpeechT5Config& c)
    : maxDistance_(c.maxDistance), norm_(w / "layer_norm", c.hidden, c.normEps) {
  distances_ = (w / "embed_positions" / "pe_k")
                   .tensor("weight", {2 * c.maxDistance, c.hidden / c.encoder.heads});
  for (std::int64_t i = 0; i < c.encoder.layers; ++i) {
    const Weights scope = w / "layers" / i;
    layers_.push_back({SpeechT5Attention(scope / "attention", c.hidden, c.encoder.heads),
                       LayerNorm(scope / "layer_norm", c.hidden, c.normEps),
                       SpeechT5FeedForward(scope / "feed_forward", c, c.encoder.ffn),
                       LayerNorm(scope / "final_layer_norm", c.hidden, c.normEps)});
  }
}

at::Tensor SpeechT5Encoder::operator()(at::Tensor x, const at::Tensor& attentionMask,
                                       const nn::Observer* observer) const {
  const at::Tensor padding = nn::paddingMask(attentionMask);
  const at::Tensor places = at::arange(x.size(1), at::kLong);
  // [query, key]: the row of the table for the distance between them.
  const at::Tensor apart = (places.unsqueeze(1) - places.unsqueeze(0))
                               .clamp(-maxDistance_, maxDistance_ - 1)
                               .add(maxDistance_);
  x = norm_(x);
  for (std::size_t i = 0; i < layers_.size(); ++i) {
    const Layer& layer = layers_[i];
    const SpeechT5Attention& attention = layer.attention;
    const at::Tensor q = attention.split(attention.query(x));
    const double scale = 1 / std::sqrt(static_cast<double>(q.size(-1)));
    at::Tensor mask = at::matmul(q * scale, distances_.t())
                          .gather(-1, apart.expand({q.size(0), q.size(1), -1, -1}));
    if (padding.defined()) mask = mask + padding;
    at::Tensor weights;
    const at::Tensor mixed =
        nn::attend(q, attention.split(attention.key(x)), attention.split(attention.value(x)), mask,
                   {.scale = scale}, observer ? &weights : nullptr);
    x = layer.norm(x + attention.out(mixed));
    x = layer.finalNorm(x + layer.feedForward(x));
    if (!observer) continue;
    (*observer)(fmt::format("encoder.layers.{}.attention", i), weights);
    (*observer)(fmt::format("encoder.layers.{}.residual", i), x);
  }
  return x;
}

SpeechT5Decoder::SpeechT5Decoder(const Weights& w, const SpeechT5Config& c) {
  options_.scale = 1 / std::sqrt(static_cast<double>(c.hidden / c.decoder.heads));
  for (std::int64_t i = 0; i < c.decoder.layers; ++i) {
    const Weights scope = w / "layers" / i;
    layers_.push_back({SpeechT5Attention(scope / "self_attn", c.hidden, c.decoder.heads),
                       LayerNorm(scope / "self_attn_layer_norm", c.hidden, c.normEps),
                       SpeechT5Attention(scope / "encoder_attn", c.hidden, c.decoder.heads),
                       LayerNorm(scope / "encoder_attn_layer_norm", c.hidden, c.normEps),
                       SpeechT5FeedForward(scope / "feed_forward", c, c.decoder.ffn),
                       LayerNorm(scope / "final_layer_norm", c.hidden, c.normEps)});
  }
}

at::Tensor SpeechT5Decoder::operator()(at::Tensor x, const text::CrossCache& cross,
                                       const at::Tensor& crossMask, const nn::Step& step) const {
  for (std::size_t i = 0; i < layers_.size(); ++i) {
    step.throwIfCancelled();
    const Layer& layer = layers_[i];
    const SpeechT5Attention& self = layer.self;
    const at::Tensor own = nn::causalAttention(self.split(self.query(x)), self.split(self.key(x)),
                                               self.split(self.value(x)),
                                               static_cast<std::int64_t>(i), options_, step);
    x = layer.selfNorm(x + self.out(own));
    const at::Tensor q = layer.cross.split(layer.cross.query(x));
    const at::Tensor seen = crossMask.defined()
                                ? nn::attend(q, cross[i].keys, cross[i].values, crossMask, options_)
                                : text::attendBeside(q, cross[i], options_);
    x = layer.crossNorm(x + layer.cross.out(seen));
    x = layer.finalNorm(x + layer.feedForward(x));
    step.observe(fmt::format("layers.{}.residual", i), x);
  }
  return x;
}

text::CrossCache SpeechT5Decoder::crossCache(const at::Tensor& encoded) const {
  text::CrossCache cache;
  for (const Layer& layer : layers_)
    cache.push_back(text::crossLayer(layer.cross.split(layer.cross.key(encoded)),
                                     layer.cross.split(layer.cross.value(encoded)), options_));
  return cache;
}

nn::SequenceCache SpeechT5Decoder::newCache() const {
  return {std::vector<nn::LayerCache>(layers_.size())};
}

}  // namespace orrery::models::speech
