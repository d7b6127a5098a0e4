#include "core/models/speech/vits_text.h"

#include <fmt/format.h>

#include <cmath>

namespace orrery::models::speech {

using nn::Linear;

VitsAttention::VitsAttention(const nn::Weights& w, const VitsConfig& c)
    : heads_(c.heads), window_(c.window) {
  const auto bias = c.bias ? Linear::Bias::kRequired : Linear::Bias::kNone;
  query_ = Linear(w / "q_proj", c.hidden, c.hidden, bias);
  key_ = Linear(w / "k_proj", c.hidden, c.hidden, bias);
  value_ = Linear(w / "v_proj", c.hidden, c.hidden, bias);
  out_ = Linear(w / "out_proj", c.hidden, c.hidden, bias);
  const std::int64_t dim = c.hidden / heads_;
  options_.scale = 1 / std::sqrt(static_cast<double>(dim));
  if (window_ == 0) return;
  nearKeys_ = w.tensor("emb_rel_k", {1, 2 * window_ + 1, dim})[0];
  nearValues_ = w.tensor("emb_rel_v", {1, 2 * window_ + 1, dim})[0];
}

at::Tensor VitsAttention::operator()(const at::Tensor& x, const at::Tensor& mask,
                                     at::Tensor* map) const {
  const std::int64_t batch = x.size(0), time = x.size(1);
  auto parts = Linear::together({&query_, &key_, &value_}, x);
  for (at::Tensor& part : parts) part = part.view({batch, time, heads_, -1}).transpose(1, 2);
  at::Tensor weights;
  if (window_ == 0) return out_(nn::attend(parts[0], parts[1], parts[2], mask, options_, map));
  const at::Tensor at = at::arange(time, at::kLong);
  const at::Tensor distance = at.unsqueeze(0) - at.unsqueeze(1);
  const at::Tensor which =
      (distance.clamp(-window_, window_) + window_).expand({batch, heads_, time, time});
  const at::Tensor scores = at::matmul(parts[0], nearKeys_.t()).gather(-1, which);
  at::Tensor bias = (scores * options_.scale).masked_fill(distance.abs().gt(window_), 0);
  if (mask.defined()) bias = bias + mask;
  const at::Tensor seen = nn::attend(parts[0], parts[1], parts[2], bias, options_, &weights);
  if (map) *map = weights;
  // The share of each distance: column d of row i is what token i + d - window has.
  const at::Tensor others = at.unsqueeze(1) + at::arange(-window_, window_ + 1, at::kLong);
  const at::Tensor exists = others.ge(0).logical_and(others.lt(time));
  const at::Tensor index = others.clamp(0, time - 1).expand({batch, heads_, time, 2 * window_ + 1});
  const at::Tensor shares = weights.gather(-1, index) * exists;
  return out_(seen + at::matmul(shares, nearValues_).transpose(1, 2).flatten(2));
}

VitsText::VitsText(const nn::Weights& w, const VitsConfig& c)
    : kernel_(c.ffnKernel),
      scale_(std::sqrt(static_cast<double>(c.hidden))),
      words_(w / "embed_tokens", c.vocab, c.hidden),
      project_(w / "project", c.hidden, 2 * c.flow, {}),
      activation_(nn::activation(c.activation)) {
  for (std::int64_t i = 0; i < c.layers; ++i) {
    const nn::Weights layer = w / "encoder.layers" / i;
    layers_.push_back(
        {VitsAttention(layer / "attention", c),
         nn::LayerNorm(layer / "layer_norm", c.hidden, c.normEps),
         nn::LayerNorm(layer / "final_layer_norm", c.hidden, c.normEps),
         nn::Conv1d(layer / "feed_forward.conv_1", c.hidden, c.ffn, {.kernel = c.ffnKernel}),
         nn::Conv1d(layer / "feed_forward.conv_2", c.ffn, c.hidden, {.kernel = c.ffnKernel})});
  }
}

at::Tensor VitsText::feedForward(const Layer& layer, const at::Tensor& x,
                                 const at::Tensor& kept) const {
  const at::Tensor columns = kept.transpose(1, 2);
  const auto pad = [&](const at::Tensor& y) {
    return at::constant_pad_nd(y * columns, {(kernel_ - 1) / 2, kernel_ / 2});
  };
  const at::Tensor wide = activation_(layer.up(pad(x.transpose(1, 2))));
  return (layer.down(pad(wide)) * columns).transpose(1, 2);
}

VitsText::Output VitsText::operator()(const at::Tensor& ids, const at::Tensor& mask,
                                      const nn::Observer* observer) const {
  const at::Tensor kept = (mask.defined() ? mask : at::ones_like(ids)).to(at::kFloat).unsqueeze(-1);
  const at::Tensor hides = nn::paddingMask(mask);
  at::Tensor x = words_(ids) * scale_ * kept;
  for (std::size_t i = 0; i < layers_.size(); ++i) {
    const Layer& layer = layers_[i];
    at::Tensor map;
    x = layer.norm(x + layer.attention(x, hides, observer ? &map : nullptr));
    x = layer.finalNorm(x + feedForward(layer, x, kept));
    if (!observer) continue;
    (*observer)(fmt::format("layers.{}.attention", i), map);
    (*observer)(fmt::format("layers.{}.residual", i), x);
  }
  x = x * kept;
  const at::Tensor both = project_(x.transpose(1, 2)).transpose(1, 2) * kept;
  const auto halves = both.chunk(2, -1);
  return {x, halves[0], halves[1]};
}

}  // namespace orrery::models::speech
