#include "core/models/vision/vit.h"

#include <fmt/format.h>

#include <cmath>

#include "core/base/error.h"

namespace orrery::models::vision {
namespace {

using nn::Linear;

Linear::Bias biasIf(bool there) {
  return there ? Linear::Bias::kRequired : Linear::Bias::kNone;
}

at::Tensor scaleIf(const nn::Weights& weights, const char* name, std::int64_t hidden) {
  return *name ? weights.tensor(name, {hidden}) : at::Tensor();
}

/// x + scale * branch.
at::Tensor addScaled(const at::Tensor& x, const at::Tensor& branch, const at::Tensor& scale) {
  return scale.defined() ? at::addcmul(x, branch, scale) : nn::addBranch(x, branch);
}

}  // namespace

VitLayer::VitLayer(const nn::Weights& w, const VitLayerConfig& c)
    : heads_(c.heads),
      gated_(c.gated),
      normBefore_(w / c.names.normBefore, c.hidden, c.normEps),
      normAfter_(w / c.names.normAfter, c.hidden, c.normEps),
      query_(w / c.names.query, c.hidden, c.hidden, biasIf(c.queryBias)),
      key_(w / c.names.key, c.hidden, c.hidden, biasIf(c.keyBias)),
      value_(w / c.names.value, c.hidden, c.hidden, biasIf(c.valueBias)),
      out_(w / c.names.attentionOut, c.hidden, c.hidden, Linear::Bias::kRequired),
      up_(w / c.names.up, c.hidden, c.gated ? 2 * c.ffn : c.ffn, Linear::Bias::kRequired),
      down_(w / c.names.down, c.ffn, c.hidden, Linear::Bias::kRequired),
      attentionScale_(scaleIf(w, c.names.attentionScale, c.hidden)),
      mlpScale_(scaleIf(w, c.names.mlpScale, c.hidden)),
      activation_(nn::activation(c.activation)) {
  options_.scale = 1 / std::sqrt(static_cast<double>(c.hidden / c.heads));
  options_.rounded = query_.productType() == at::kBFloat16;
}

at::Tensor VitLayer::attend(const at::Tensor& x, const at::Tensor& bias, at::Tensor* map) const {
  auto parts = Linear::together({&query_, &key_, &value_}, x);
  for (at::Tensor& part : parts)
    part = part.view({x.size(0), x.size(1), heads_, -1}).transpose(1, 2);
  return out_(nn::attend(parts[0], parts[1], parts[2], bias, options_, map));
}

at::Tensor VitLayer::mlp(const at::Tensor& x) const {
  const at::Tensor wide = up_(x);
  if (!gated_) return down_(activation_(wide));
  const auto halves = wide.chunk(2, -1);
  return down_(nn::gated(activation_, halves[0], halves[1]));
}

at::Tensor VitLayer::operator()(const at::Tensor& x, const at::Tensor& bias,
                                at::Tensor* map) const {
  const at::Tensor middle = addScaled(x, attend(normBefore_(x), bias, map), attentionScale_);
  return addScaled(middle, mlp(normAfter_(middle)), mlpScale_);
}

VitLayers::VitLayers(const nn::Weights& weights, const VitLayerConfig& config, std::int64_t count) {
  for (std::int64_t i = 0; i < count; ++i) layers_.emplace_back(weights / i, config);
}

at::Tensor VitLayers::operator()(at::Tensor x, const Around& around) const {
  for (std::size_t i = 0; i < layers_.size(); ++i) {
    at::Tensor map;
    const at::Tensor bias = around.bias ? around.bias(i) : at::Tensor();
    x = layers_[i](x, bias, around.observer ? &map : nullptr);
    if (around.after) x = around.after(i, x);
    if (!around.observer) continue;
    (*around.observer)(fmt::format("layers.{}.attention", i), map);
    (*around.observer)(fmt::format("layers.{}.residual", i), x);
  }
  return x;
}

}  // namespace orrery::models::vision
