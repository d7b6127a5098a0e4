#include "core/models/speech/wav2vec2_layers.h"

#include <cmath>

namespace orrery::models::speech {

using nn::Linear;
constexpr auto kBias = Linear::Bias::kRequired;

WaveAttention::WaveAttention(const nn::Weights& w, const Wav2Vec2Config& c)
    : heads_(c.attentionHeads),
      query_(w / "q_proj", c.hidden, c.hidden, kBias),
      key_(w / "k_proj", c.hidden, c.hidden, kBias),
      value_(w / "v_proj", c.hidden, c.hidden, kBias),
      out_(w / "out_proj", c.hidden, c.hidden, kBias) {
  const std::int64_t dim = c.hidden / heads_;
  options_.scale = 1 / std::sqrt(static_cast<double>(dim));
  options_.rounded = query_.productType() == at::kBFloat16;
  if (c.buckets == 0) return;
  gate_.emplace(w / "gru_rel_pos_linear", dim, 8, kBias);
  gateScale_ = w.tensor("gru_rel_pos_const", {1, heads_, 1, 1});
}

at::Tensor WaveAttention::scoreBias(const at::Tensor& x, const WavePass& pass) const {
  if (!gate_) return pass.mask;
  const std::int64_t batch = x.size(0), time = x.size(1);
  const at::Tensor parts = (*gate_)(x.view({batch, time, heads_, -1}));
  const at::Tensor gates =
      at::sigmoid(parts.view({batch, time, heads_, 2, 4}).sum(-1)).permute({0, 2, 1, 3});
  const at::Tensor factor = gates.narrow(-1, 0, 1) * (gates.narrow(-1, 1, 1) * gateScale_ - 1) + 2;
  const at::Tensor bias = factor * pass.distance;
  return pass.mask.defined() ? bias + pass.mask : bias;
}

at::Tensor WaveAttention::operator()(const at::Tensor& x, const WavePass& pass,
                                     at::Tensor* map) const {
  auto parts = Linear::together({&query_, &key_, &value_}, x);
  for (at::Tensor& part : parts)
    part = part.view({x.size(0), x.size(1), heads_, -1}).transpose(1, 2);
  return out_(nn::attend(parts[0], parts[1], parts[2], scoreBias(x, pass), options_, map));
}

WaveLayer::WaveLayer(const nn::Weights& w, const Wav2Vec2Config& c)
    : normBefore_(c.normBefore),
      attention_(w / "attention", c),
      norm_(w / "layer_norm", c.hidden, c.normEps),
      finalNorm_(w / "final_layer_norm", c.hidden, c.normEps),
      up_(w / "feed_forward.intermediate_dense", c.hidden, c.ffn, kBias),
      down_(w / "feed_forward.output_dense", c.ffn, c.hidden, kBias),
      activation_(nn::activation(c.activation)) {
  takeAdapter(w, c);
}

void WaveLayer::takeAdapter(const nn::Weights& w, const Wav2Vec2Config& c) {
  if (c.attentionAdapter == 0) return;
  const nn::Weights a = w / "adapter_layer";
  adapter_ = Adapter{nn::LayerNorm(a / "norm", c.hidden, 1e-5),
                     Linear(a / "linear_1", c.hidden, c.attentionAdapter, kBias),
                     Linear(a / "linear_2", c.attentionAdapter, c.hidden, kBias)};
}

at::Tensor WaveLayer::feedForward(const at::Tensor& x) const {
  return down_(activation_(up_(x)));
}

at::Tensor WaveLayer::operator()(const at::Tensor& x, const WavePass& pass, at::Tensor* map) const {
  if (!normBefore_) {
    const at::Tensor middle = norm_(x + attention_(x, pass, map));
    return finalNorm_(middle + feedForward(middle));
  }
  const at::Tensor middle = x + attention_(norm_(x), pass, map);
  at::Tensor y = middle + feedForward(finalNorm_(middle));
  if (adapter_) y = y + adapter_->out(at::relu(adapter_->in(adapter_->norm(y))));
  return y;
}

}  // namespace orrery::models::speech
