#include "core/models/timeseries/transformer_layers.h"

#include <cmath>

namespace orrery::models::timeseries {

constexpr double kEpsilon = 1e-5;

Projections::Projections(const nn::Weights& weights, std::int64_t hidden, std::int64_t heads)
    : heads(heads),
      q(weights / "q_proj", hidden, hidden),
      k(weights / "k_proj", hidden, hidden),
      v(weights / "v_proj", hidden, hidden),
      out(weights / "out_proj", hidden, hidden) {}

at::Tensor Projections::split(const at::Tensor& x) const {
  return x.reshape({x.size(0), x.size(1), heads, -1}).transpose(1, 2);
}

at::Tensor Projections::join(const at::Tensor& x) const {
  return x.transpose(1, 2).reshape({x.size(0), x.size(2), -1});
}

at::Tensor FullAttention::operator()(const at::Tensor& x, const at::Tensor& memory,
                                     const at::Tensor& mask, const Pass&) const {
  const at::Tensor q = own_.split(own_.q(x)), k = own_.split(own_.k(memory)),
                   v = own_.split(own_.v(memory));
  const double scale = 1 / std::sqrt(static_cast<double>(q.size(3)));
  return own_.out(nn::attend(q, k, v, mask, {.scale = scale}));
}

SequenceEmbedding::SequenceEmbedding(const nn::Weights& weights, const TransformerConfig& config,
                                     std::int64_t firstPosition)
    : values_(weights / "value_embedding" / "value_projection", config.inputWidth(), config.hidden,
              nn::Linear::Bias::kNone),
      positions_((weights / "embed_positions")
                     .tensor("weight", {config.context + config.prediction, config.hidden})),
      norm_(weights / "layernorm_embedding", config.hidden, kEpsilon),
      first_(firstPosition) {}

at::Tensor SequenceEmbedding::operator()(const at::Tensor& x) const {
  return norm_(values_(x) + positions_.narrow(0, first_, x.size(1)));
}

FeedForward::FeedForward(const nn::Weights& weights, const TransformerConfig& config,
                         std::int64_t ffn)
    : first_(weights / "fc1", config.hidden, ffn),
      second_(weights / "fc2", ffn, config.hidden),
      activation_(nn::activation(config.activation)) {}

at::Tensor FeedForward::operator()(const at::Tensor& x) const {
  return second_(activation_(first_(x)));
}

EncoderLayer::EncoderLayer(const nn::Weights& weights, const TransformerConfig& config,
                           const MakeMixer& mixer)
    : attention_(mixer(weights / "self_attn")),
      attentionNorm_(weights / "self_attn_layer_norm", config.hidden, kEpsilon),
      finalNorm_(weights / "final_layer_norm", config.hidden, kEpsilon),
      mlp_(weights, config, config.encoder.ffn) {}

at::Tensor EncoderLayer::operator()(const at::Tensor& x, const Pass& pass) const {
  const at::Tensor seen = attentionNorm_(x + (*attention_)(x, x, {}, pass));
  return finalNorm_(seen + mlp_(seen));
}

DecoderLayer::DecoderLayer(const nn::Weights& weights, const TransformerConfig& config,
                           const MakeMixer& mixer)
    : attention_(mixer(weights / "self_attn")),
      cross_(weights / "encoder_attn", config.hidden, config.decoder.heads),
      attentionNorm_(weights / "self_attn_layer_norm", config.hidden, kEpsilon),
      crossNorm_(weights / "encoder_attn_layer_norm", config.hidden, kEpsilon),
      finalNorm_(weights / "final_layer_norm", config.hidden, kEpsilon),
      mlp_(weights, config, config.decoder.ffn) {}

at::Tensor DecoderLayer::operator()(const at::Tensor& x, const at::Tensor& memory,
                                    const at::Tensor& mask, const Pass& pass) const {
  at::Tensor y = attentionNorm_(x + (*attention_)(x, x, mask, pass));
  y = crossNorm_(y + cross_(y, memory, {}, pass));
  return finalNorm_(y + mlp_(y));
}

}  // namespace orrery::models::timeseries
