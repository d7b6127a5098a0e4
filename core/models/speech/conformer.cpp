#include "core/models/speech/conformer.h"

#include <cmath>

#include "core/models/speech/frames.h"

namespace orrery::models::speech {
namespace {

using nn::Linear;
using Positions = ConformerConfig::Positions;
constexpr auto kBias = Linear::Bias::kRequired;

at::Tensor inverseFrequencies(std::int64_t dim, double base) {
  return at::pow(base, -at::arange(0, dim, 2, at::kFloat) / static_cast<double>(dim));
}

at::Tensor rotaryPositions(const ConformerConfig& c, std::int64_t frames) {
  const at::Tensor angles =
      at::outer(at::arange(frames, at::kFloat),
                inverseFrequencies(c.hidden / c.attentionHeads, c.rotaryBase));
  const at::Tensor both = at::cat({angles, angles}, -1).unsqueeze(1);
  return at::stack({both.cos(), both.sin()});
}

at::Tensor relativePositions(const ConformerConfig& c, std::int64_t frames) {
  const at::Tensor distances = at::arange(frames - 1, -frames, -1, at::kFloat);
  const at::Tensor angles =
      distances.unsqueeze(1) * at::exp(at::arange(0, c.hidden, 2, at::kFloat) *
                                       (-std::log(10000.0) / static_cast<double>(c.hidden)));
  return at::stack({angles.sin(), angles.cos()}, -1).flatten(1).unsqueeze(0);
}

at::Tensor pairDistances(const ConformerConfig& c, std::int64_t frames) {
  const at::Tensor at = at::arange(frames, at::kLong);
  return (at.unsqueeze(0) - at.unsqueeze(1)).clamp(-c.left, c.right) + c.left;
}

/// x [batch, frames, width] through a convolution over frames, halved by a gate.
at::Tensor gatedConvolution(const nn::Conv1d& convolution, const at::Tensor& x) {
  return at::glu(convolution(x.transpose(1, 2)), 1).transpose(1, 2);
}

}  // namespace

at::Tensor conformerPositions(const ConformerConfig& c, std::int64_t frames) {
  switch (c.positions) {
    case Positions::kRotary:
      return rotaryPositions(c, frames);
    case Positions::kRelative:
      return relativePositions(c, frames);
    case Positions::kRelativeKey:
      return pairDistances(c, frames);
    case Positions::kNone:
      return {};
  }
  return {};
}

ConformerFeedForward::ConformerFeedForward(const nn::Weights& w, std::int64_t hidden,
                                           std::int64_t ffn, const std::string& activation)
    : up_(w / "intermediate_dense", hidden, ffn, kBias),
      down_(w / "output_dense", ffn, hidden, kBias),
      activation_(nn::activation(activation)) {}

ConformerAttention::ConformerAttention(const nn::Weights& w, const ConformerConfig& c,
                                       std::int64_t hidden, Positions positions)
    : heads_(c.attentionHeads),
      positions_(positions),
      query_(w / "linear_q", hidden, hidden, kBias),
      key_(w / "linear_k", hidden, hidden, kBias),
      value_(w / "linear_v", hidden, hidden, kBias),
      out_(w / "linear_out", hidden, hidden, kBias) {
  const std::int64_t dim = hidden / heads_;
  options_.scale = 1 / std::sqrt(static_cast<double>(dim));
  options_.rounded = query_.productType() == at::kBFloat16;
  if (positions == Positions::kRelative) {
    position_ = Linear(w / "linear_pos", hidden, hidden, Linear::Bias::kNone);
    contentBias_ = w.tensor("pos_bias_u", {heads_, dim}).unsqueeze(1);
    distanceBias_ = w.tensor("pos_bias_v", {heads_, dim}).unsqueeze(1);
  }
  if (positions == Positions::kRelativeKey)
    keys_ = w.tensor("distance_embedding.weight", {c.left + c.right + 1, dim});
}

at::Tensor ConformerAttention::turn(const at::Tensor& x, const at::Tensor& angles) const {
  const at::Tensor heads = x.view({x.size(0), x.size(1), heads_, -1});
  const auto halves = heads.chunk(2, -1);
  const at::Tensor turned = at::cat({-halves[1], halves[0]}, -1);
  return (heads * angles[0] + turned * angles[1]).flatten(2);
}

/// What distances add to the scores: query [batch, heads, frames, dim] → [batch, heads, frames,
/// frames].
at::Tensor ConformerAttention::distanceScores(const at::Tensor& query,
                                              const ConformerPass& pass) const {
  const std::int64_t time = query.size(2);
  if (positions_ == Positions::kRelativeKey) {
    // Scores of every distance first, then those that a pair has: no tensor of frames² keys.
    const at::Tensor all = at::matmul(query, keys_.t());
    const at::Tensor index = pass.positions.expand({query.size(0), heads_, time, time});
    return all.gather(-1, index) * options_.scale;
  }
  const at::Tensor sines =
      position_(pass.positions).view({1, 2 * time - 1, heads_, -1}).permute({0, 2, 3, 1});
  const at::Tensor all = at::matmul(query + distanceBias_, sines);
  // Row i holds distances from frames - 1 on; what belongs to key j lies at frames - 1 - i + j.
  const at::Tensor at = at::arange(time, at::kLong);
  const at::Tensor index = at.unsqueeze(0) - at.unsqueeze(1) + (time - 1);
  return all.gather(-1, index.expand({query.size(0), heads_, time, time})) * options_.scale;
}

at::Tensor ConformerAttention::operator()(const at::Tensor& x, const ConformerPass& pass,
                                          at::Tensor* map) const {
  const at::Tensor placed = positions_ == Positions::kRotary ? turn(x, pass.positions) : x;
  std::vector<at::Tensor> parts{query_(placed), key_(placed), value_(x)};
  for (at::Tensor& part : parts)
    part = part.view({x.size(0), x.size(1), heads_, -1}).transpose(1, 2);
  at::Tensor bias = pass.mask;
  if (positions_ == Positions::kRelative || positions_ == Positions::kRelativeKey) {
    const at::Tensor scores = distanceScores(parts[0], pass);
    bias = bias.defined() ? scores + bias : scores;
  }
  if (contentBias_.defined()) parts[0] = parts[0] + contentBias_;
  return out_(nn::attend(parts[0], parts[1], parts[2], bias, options_, map));
}

ConformerLayer::ConformerLayer(const nn::Weights& w, const ConformerConfig& c)
    : kernel_(c.kernel),
      firstNorm_(w / "ffn1_layer_norm", c.hidden, c.normEps),
      attentionNorm_(w / "self_attn_layer_norm", c.hidden, c.normEps),
      convolutionNorm_(w / "conv_module.layer_norm", c.hidden, c.normEps),
      depthwiseNorm_(w / "conv_module.depthwise_layer_norm", c.hidden, c.normEps),
      secondNorm_(w / "ffn2_layer_norm", c.hidden, c.normEps),
      finalNorm_(w / "final_layer_norm", c.hidden, c.normEps),
      first_(w / "ffn1", c.hidden, c.ffn, c.activation),
      second_(w / "ffn2", c.hidden, c.ffn, c.activation),
      attention_(w / "self_attn", c, c.hidden, c.positions),
      pointwiseIn_(w / "conv_module.pointwise_conv1", c.hidden, 2 * c.hidden, {.bias = false}),
      depthwise_(w / "conv_module.depthwise_conv", c.hidden, c.hidden,
                 {.kernel = c.kernel, .groups = c.hidden, .bias = false}),
      pointwiseOut_(w / "conv_module.pointwise_conv2", c.hidden, c.hidden, {.bias = false}),
      activation_(nn::activation(c.activation)) {}

at::Tensor ConformerLayer::convolve(const at::Tensor& x, const at::Tensor& seen) const {
  const at::Tensor gated = gatedConvolution(pointwiseIn_, zeroUnseen(convolutionNorm_(x), seen));
  // Only what came before counts, so all zeros are put before the first frame.
  const at::Tensor padded = at::constant_pad_nd(gated.transpose(1, 2), {kernel_ - 1, 0});
  const at::Tensor mixed = activation_(depthwiseNorm_(depthwise_(padded).transpose(1, 2)));
  return pointwiseOut_(mixed.transpose(1, 2)).transpose(1, 2);
}

at::Tensor ConformerLayer::operator()(const at::Tensor& x, const ConformerPass& pass,
                                      at::Tensor* map) const {
  at::Tensor y = x + first_(firstNorm_(x)) * 0.5;
  y = y + attention_(attentionNorm_(y), pass, map);
  y = y + convolve(y, pass.seen);
  return finalNorm_(y + second_(secondNorm_(y)) * 0.5);
}

ConformerAdapter::ConformerAdapter(const nn::Weights& w, const ConformerConfig& c)
    : residualNorm_(w / "residual_layer_norm", c.adapter.hidden, c.normEps),
      attentionNorm_(w / "self_attn_layer_norm", c.adapter.hidden, c.normEps),
      netNorm_(w / "ffn_layer_norm", c.adapter.hidden, c.normEps),
      residual_(w / "residual_conv", c.adapter.hidden, 2 * c.adapter.hidden,
                {.kernel = c.adapter.kernel,
                 .stride = c.adapter.stride,
                 .padding = c.adapter.stride / 2}),
      shorten_(w / "self_attn_conv", c.adapter.hidden, 2 * c.adapter.hidden,
               {.kernel = c.adapter.kernel,
                .stride = c.adapter.stride,
                .padding = c.adapter.stride / 2}),
      attention_(w / "self_attn", c, c.adapter.hidden, Positions::kNone),
      net_(w / "ffn", c.adapter.hidden, c.ffn, c.adapter.activation) {}

at::Tensor ConformerAdapter::operator()(const at::Tensor& x, const at::Tensor& lengths) const {
  const at::Tensor residual = gatedConvolution(residual_, residualNorm_(x));
  const at::Tensor shorter = gatedConvolution(shorten_, attentionNorm_(x)).contiguous();
  ConformerPass pass;
  if (lengths.defined())
    pass.mask = nn::paddingMask(
        at::arange(shorter.size(1), at::kLong).unsqueeze(0).lt(lengths.unsqueeze(1)));
  const at::Tensor y = residual + attention_(shorter, pass);
  return y + net_(netNorm_(y));
}

}  // namespace orrery::models::speech
