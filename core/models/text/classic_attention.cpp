#include "core/models/text/classic_attention.h"

#include <fmt/format.h>

#include <cmath>

namespace orrery::models::text {

using nn::Linear;
using Bias = Linear::Bias;
using Layout = Linear::Layout;

namespace {

nn::AttentionOptions attentionOptions(const ClassicConfig& c, std::int64_t layer) {
  nn::AttentionOptions options;
  if (c.scaleByHeadDim) options.scale = 1 / std::sqrt(static_cast<double>(c.hidden / c.heads));
  if (c.scaleByLayer) options.scale /= static_cast<double>(layer + 1);
  return options;
}

/// [batch, time, heads * dim] → [batch, heads, time, dim].
at::Tensor splitHeads(const at::Tensor& x, std::int64_t heads) {
  return x.reshape({x.size(0), x.size(1), heads, -1}).transpose(1, 2);
}

}  // namespace

Linear classicLinear(const nn::Weights& w, const char* name, const ClassicConfig& c,
                     std::int64_t in, std::int64_t out, bool bias) {
  return Linear(w / name, in, out, bias ? Bias::kRequired : Bias::kNone,
                c.conv1d ? Layout::kInOut : Layout::kOutIn);
}

ClassicAttention::ClassicAttention(const nn::Weights& w, const ClassicConfig& c, std::int64_t layer)
    : heads_(c.heads), fused_(c.fused), layer_(layer), options_(attentionOptions(c, layer)) {
  if (c.names.qkv) {
    qkv_ = classicLinear(w, c.names.qkv, c, c.hidden, 3 * c.hidden, c.bias);
  } else {
    const nn::Weights scope = w / c.names.attention;
    q_ = classicLinear(scope, "q_proj", c, c.hidden, c.hidden, c.bias);
    k_ = classicLinear(scope, "k_proj", c, c.hidden, c.hidden, c.bias && c.keyBias);
    v_ = classicLinear(scope, "v_proj", c, c.hidden, c.hidden, c.bias);
  }
  out_ = classicLinear(w, c.names.attentionOut, c, c.hidden, c.hidden, c.bias);
}

at::Tensor ClassicAttention::operator()(const at::Tensor& x, const ClassicPass& pass) const {
  auto [q, k, v] = project(x);
  if (pass.rotary) {
    q = pass.rotary->apply(q, pass.angles);
    k = pass.rotary->apply(k, pass.angles);
  }
  return out_(nn::causalAttention(q, k, v, layer_, options_, pass.step));
}

/// q, k, v as [batch, heads, time, head_dim].
std::array<at::Tensor, 3> ClassicAttention::project(const at::Tensor& x) const {
  if (fused_ == ClassicConfig::Fused::kPerHead) {
    const auto parts = splitHeads(qkv_(x), heads_).chunk(3, -1);
    return {parts[0], parts[1], parts[2]};
  }
  const auto parts = fused_ == ClassicConfig::Fused::kNo ? Linear::together({&q_, &k_, &v_}, x)
                                                         : qkv_(x).chunk(3, -1);
  return {splitHeads(parts[0], heads_), splitHeads(parts[1], heads_), splitHeads(parts[2], heads_)};
}

ClassicCrossAttention::ClassicCrossAttention(const nn::Weights& w, const ClassicConfig& c,
                                             std::int64_t layer)
    : heads_(c.heads), layer_(layer), options_(attentionOptions(c, layer)) {
  const nn::Weights scope = w / c.names.crossAttention;
  if (c.fused == ClassicConfig::Fused::kThirds) {
    query_ = classicLinear(scope, "q_attn", c, c.hidden, c.hidden, c.bias);
    keyValue_ = classicLinear(scope, "c_attn", c, c.crossHidden, 2 * c.hidden, c.bias);
    out_ = classicLinear(scope, "c_proj", c, c.hidden, c.hidden, c.bias);
  } else {
    query_ = classicLinear(scope, "q_proj", c, c.hidden, c.hidden, c.bias);
    key_ = classicLinear(scope, "k_proj", c, c.crossHidden, c.hidden, c.bias && c.keyBias);
    value_ = classicLinear(scope, "v_proj", c, c.crossHidden, c.hidden, c.bias);
    out_ = classicLinear(scope, "out_proj", c, c.hidden, c.hidden, c.bias);
  }
  options_.rounded = out_.productType() == at::kBFloat16;
}

CrossLayer ClassicCrossAttention::cache(const at::Tensor& encoded) const {
  const auto parts = keyValue_.outFeatures() == 0 ? Linear::together({&key_, &value_}, encoded)
                                                  : keyValue_(encoded).chunk(2, -1);
  return crossLayer(splitHeads(parts[0], heads_), splitHeads(parts[1], heads_), options_);
}

at::Tensor ClassicCrossAttention::operator()(const at::Tensor& x, const ClassicPass& pass) const {
  const auto& cache = pass.cross[static_cast<std::size_t>(layer_)];
  at::Tensor map;
  const at::Tensor attended = attendBeside(splitHeads(query_(x), heads_), cache, options_,
                                           pass.step.observer ? &map : nullptr);
  if (map.defined()) pass.step.observe(fmt::format("layers.{}.cross_attention", layer_), map);
  return out_(attended);
}

}  // namespace orrery::models::text
