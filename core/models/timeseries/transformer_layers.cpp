#include "core/models/timeseries/transformer_layers.h"

#include <algorithm>
#include <cmath>

namespace orrery::models::timeseries {

namespace {

constexpr double kEpsilon = 1e-5;

/// Sines of all positions in the first half of the columns, cosines in the second.
void fillSinusoids(at::Tensor& value, const at::Generator&) {
  const std::int64_t hidden = value.size(1);
  const at::Tensor place = at::arange(value.size(0), at::kDouble).unsqueeze(1);
  const auto angles = [&](std::int64_t first) {
    const at::Tensor column = at::arange(first, hidden, 2, at::kDouble);
    const at::Tensor half = at::floor(column / 2);
    return place / at::pow(10000.0, half * (2 / static_cast<double>(hidden)));
  };
  value.copy_(at::cat({angles(0).sin(), angles(1).cos()}, 1));
}

std::int64_t logOf(std::int64_t length) {
  return static_cast<std::int64_t>(std::ceil(std::log1p(static_cast<double>(length))));
}

}  // namespace

bool Pass::skips(double p) const {
  return training && p > 0 && at::rand({}, training->generator, at::kFloat).item<double>() < p;
}

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

std::int64_t QueryChoice::attending(std::int64_t queries) const {
  return factor == 0 ? queries : std::min(factor * logOf(queries), queries);
}

at::Tensor QueryChoice::sample(std::int64_t queries, std::int64_t keys, const Pass& pass) const {
  const std::int64_t sampled = std::min(factor * queries * logOf(keys), keys);
  return at::randint(0, keys, {sampled}, pass.random, at::kLong);
}

at::Tensor FullAttention::operator()(const at::Tensor& x, const at::Tensor& memory,
                                     const at::Tensor& mask, const Pass& pass) const {
  const at::Tensor q = own_.split(own_.q(x)), k = own_.split(own_.k(memory)),
                   v = own_.split(own_.v(memory));
  const double scale = 1 / std::sqrt(static_cast<double>(q.size(3)));
  return own_.out(nn::attendDropping(q, k, v, mask, scale, dropout_, pass.training));
}

SeriesMemory FullAttention::memory(const at::Tensor& encoded) const {
  return {own_.split(own_.k(encoded)), own_.split(own_.v(encoded))};
}

at::Tensor FullAttention::rows(const at::Tensor& x, const RowCounts& counts,
                               const SeriesMemory& memory) const {
  const at::Tensor q = own_.q(x);
  const double scale = 1 / std::sqrt(static_cast<double>(memory.k.size(3)));
  const auto attend = [&](const at::Tensor& queries, const at::Tensor& k, const at::Tensor& v) {
    return nn::attend(own_.split(queries), k, v, {}, {.scale = scale}).flatten(0, 1);
  };
  const auto series = static_cast<std::int64_t>(counts.size());
  if (std::ranges::adjacent_find(counts, std::ranges::not_equal_to()) == counts.end())
    return own_.out(attend(q.reshape({series, counts.front(), -1}), memory.k, memory.v));
  std::vector<at::Tensor> parts;
  for (std::int64_t i = 0, begin = 0; i < series; begin += counts[i++])
    if (counts[i] > 0)
      parts.push_back(attend(q.narrow(0, begin, counts[i]).unsqueeze(0), memory.k.narrow(0, i, 1),
                             memory.v.narrow(0, i, 1)));
  return own_.out(at::cat(parts, 0));
}

SequenceEmbedding::SequenceEmbedding(const nn::Weights& weights, const TransformerConfig& config,
                                     std::int64_t firstPosition)
    : values_(weights / "value_embedding" / "value_projection", config.inputWidth(), config.hidden,
              nn::Linear::Bias::kNone),
      positions_((weights / "embed_positions")
                     .buffer("weight", {config.context + config.prediction, config.hidden},
                             fillSinusoids)),
      norm_(weights / "layernorm_embedding", config.hidden, kEpsilon),
      dropout_(config.dropout),
      first_(firstPosition) {}

at::Tensor SequenceEmbedding::operator()(const at::Tensor& x, const Pass& pass,
                                         std::int64_t begin) const {
  return nn::dropout(norm_(values_(x) + positions_.narrow(0, first_ + begin, x.size(1))), dropout_,
                     pass.training);
}

FeedForward::FeedForward(const nn::Weights& weights, const TransformerConfig& config,
                         std::int64_t ffn)
    : first_(weights / "fc1", config.hidden, ffn),
      second_(weights / "fc2", ffn, config.hidden),
      activation_(nn::activation(config.activation)),
      dropout_(config.dropout),
      activationDropout_(config.activationDropout) {}

at::Tensor FeedForward::operator()(const at::Tensor& x, const Pass& pass) const {
  const at::Tensor middle = nn::dropout(activation_(first_(x)), activationDropout_, pass.training);
  return nn::dropout(second_(middle), dropout_, pass.training);
}

EncoderLayer::EncoderLayer(const nn::Weights& weights, const TransformerConfig& config,
                           const MakeMixer& mixer)
    : attention_(mixer(weights / "self_attn")),
      attentionNorm_(weights / "self_attn_layer_norm", config.hidden, kEpsilon),
      finalNorm_(weights / "final_layer_norm", config.hidden, kEpsilon),
      mlp_(weights, config, config.encoder.ffn),
      dropout_(config.dropout) {}

at::Tensor EncoderLayer::operator()(const at::Tensor& x, const Pass& pass) const {
  const at::Tensor mixed = nn::dropout((*attention_)(x, x, {}, pass), dropout_, pass.training);
  const at::Tensor seen = attentionNorm_(x + mixed);
  return finalNorm_(seen + mlp_(seen, pass));
}

DecoderLayer::DecoderLayer(const nn::Weights& weights, const TransformerConfig& config,
                           const MakeMixer& mixer)
    : attention_(mixer(weights / "self_attn")),
      cross_(weights / "encoder_attn", config, config.decoder.heads),
      attentionNorm_(weights / "self_attn_layer_norm", config.hidden, kEpsilon),
      crossNorm_(weights / "encoder_attn_layer_norm", config.hidden, kEpsilon),
      finalNorm_(weights / "final_layer_norm", config.hidden, kEpsilon),
      mlp_(weights, config, config.decoder.ffn),
      dropout_(config.dropout) {}

template <class Cross>
at::Tensor DecoderLayer::rest(const at::Tensor& x, const at::Tensor& mixed, const Pass& pass,
                              const Cross& cross) const {
  const auto dropped = [&](const at::Tensor& branch) {
    return nn::dropout(branch, dropout_, pass.training);
  };
  at::Tensor y = attentionNorm_(x + dropped(mixed));
  y = crossNorm_(y + dropped(cross(y)));
  return finalNorm_(y + mlp_(y, pass));
}

at::Tensor DecoderLayer::operator()(const at::Tensor& x, const at::Tensor& memory,
                                    const at::Tensor& mask, const Pass& pass) const {
  return rest(x, (*attention_)(x, x, mask, pass), pass,
              [&](const at::Tensor& y) { return cross_(y, memory, {}, pass); });
}

at::Tensor DecoderLayer::behind(const at::Tensor& x, const at::Tensor& mixed,
                                const RowCounts& counts, const SeriesMemory& memory) const {
  return rest(x, mixed, {}, [&](const at::Tensor& y) { return cross_.rows(y, counts, memory); });
}

}  // namespace orrery::models::timeseries
