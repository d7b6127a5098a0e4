#include "core/models/vision/detr_layers.h"

#include <cmath>

namespace orrery::models::vision {

using Bias = nn::Linear::Bias;

PlacedAttention::PlacedAttention(const nn::Weights& w, std::int64_t hidden, std::int64_t heads)
    : heads_(heads),
      query_(w / "q_proj", hidden, hidden, Bias::kRequired),
      key_(w / "k_proj", hidden, hidden, Bias::kRequired),
      value_(w / "v_proj", hidden, hidden, Bias::kRequired),
      out_(w / "out_proj", hidden, hidden, Bias::kRequired) {
  options_.scale = 1 / std::sqrt(static_cast<double>(hidden / heads));
}

at::Tensor PlacedAttention::operator()(const at::Tensor& x, const at::Tensor& positions,
                                       const Seen& seen, at::Tensor* weights) const {
  const auto placed = [](const at::Tensor& values, const at::Tensor& at) {
    return at.defined() ? values + at : values;
  };
  return out_(nn::attend(splitHeads(query_(placed(x, positions)), heads_),
                         splitHeads(key_(placed(seen.values, seen.positions)), heads_),
                         splitHeads(value_(seen.values), heads_), seen.mask, options_, weights));
}

at::Tensor splitHeads(const at::Tensor& x, std::int64_t heads) {
  return x.reshape({x.size(0), x.size(1), heads, -1}).transpose(1, 2);
}

FeedForward::FeedForward(const nn::Weights& w, std::int64_t hidden, std::int64_t ffn,
                         const std::string& activation)
    : up_(w / "fc1", hidden, ffn, Bias::kRequired),
      down_(w / "fc2", ffn, hidden, Bias::kRequired),
      activation_(nn::activation(activation)) {}

PredictionHead::PredictionHead(const nn::Weights& w, const Sizes& s) {
  for (std::int64_t i = 0; i < s.layers; ++i)
    layers_.emplace_back(w / "layers" / i, i == 0 ? s.in : s.hidden,
                         i + 1 == s.layers ? s.out : s.hidden, Bias::kRequired);
}

at::Tensor PredictionHead::operator()(const at::Tensor& x) const {
  at::Tensor result = layers_.front()(x);
  for (std::size_t i = 1; i < layers_.size(); ++i) result = layers_[i](at::relu(result));
  return result;
}

EncoderLayer::EncoderLayer(const nn::Weights& w, const Sizes& s)
    : norms_(s.norms),
      attention_(w / "self_attn", s.hidden, s.heads),
      feedForward_(w, s.hidden, s.ffn, s.activation),
      attentionNorm_(w / "self_attn_layer_norm", s.hidden, s.normEps),
      finalNorm_(w / "final_layer_norm", s.hidden, s.normEps) {}

at::Tensor EncoderLayer::operator()(const at::Tensor& x, const at::Tensor& positions,
                                    const at::Tensor& mask, at::Tensor* weights) const {
  if (norms_ == Norms::kAfter) {
    const at::Tensor middle = attentionNorm_(x + attention_.self(x, positions, mask, weights));
    return finalNorm_(middle + feedForward_(middle));
  }
  const at::Tensor middle = x + attention_.self(attentionNorm_(x), positions, mask, weights);
  const at::Tensor normed = finalNorm_(middle);
  return (norms_ == Norms::kBefore ? middle : normed) + feedForward_(normed);
}

at::Tensor sines(const at::Tensor& values, std::int64_t features) {
  const at::Tensor pair = at::arange(features, at::kLong).div(2, "floor").to(at::kFloat);
  const at::Tensor angles = values.unsqueeze(-1) / at::pow(10000, 2 * pair / features);
  return at::stack({angles.slice(-1, 0, features, 2).sin(), angles.slice(-1, 1, features, 2).cos()},
                   -1)
      .flatten(-2);
}

at::Tensor sinePositions(const at::Tensor& mask, std::int64_t features, double offset) {
  const at::Tensor shown = mask.to(at::kFloat);
  const auto along = [&](std::int64_t dim) {
    const at::Tensor count = shown.cumsum(dim);
    const at::Tensor most = count.narrow(dim, count.size(dim) - 1, 1) + 1e-6;
    return sines((count - offset) / most * (2 * M_PI), features);
  };
  return at::cat({along(1), along(2)}, -1).flatten(1, 2);
}

at::Tensor inverseSigmoid(const at::Tensor& x) {
  constexpr double kEps = 1e-5;
  const at::Tensor inside = x.clamp(0, 1);
  return at::log(inside.clamp_min(kEps) / (1 - inside).clamp_min(kEps));
}

}  // namespace orrery::models::vision
