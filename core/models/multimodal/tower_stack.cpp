#include "core/models/multimodal/tower_stack.h"

#include <fmt/format.h>

#include <cmath>

namespace orrery::models::multimodal {

using nn::Linear;
using Bias = Linear::Bias;

TowerMlp::TowerMlp(const nn::Weights& w, const StackConfig& c)
    : up_(w / "fc1", c.hidden, c.ffn, Bias::kRequired),
      down_(w / "fc2", c.ffn, c.hidden, Bias::kRequired),
      activation_(nn::activation(c.activation)) {}

class TowerStack::Block {
 public:
  Block(const nn::Weights& w, const StackConfig& c, TowerKind kind)
      : heads_(c.heads),
        attentionNorm_(w / "layer_norm1", c.hidden, c.normEps),
        mlpNorm_(w / "layer_norm2", c.hidden, c.normEps),
        mlp_(w / "mlp", c) {
    options_.scale = 1 / std::sqrt(static_cast<double>(c.hidden / c.heads));
    const nn::Weights attention = w / "self_attn";
    const auto square = [&](const char* name) {
      return Linear(attention / name, c.hidden, c.hidden, Bias::kRequired);
    };
    if (kind == TowerKind::kBlip) {
      fused_ = Linear(attention / "qkv", c.hidden, 3 * c.hidden,
                      c.qkvBias ? Bias::kRequired : Bias::kNone);
      out_ = square("projection");
    } else {
      query_ = square("q_proj");
      key_ = square("k_proj");
      value_ = square("v_proj");
      out_ = square("out_proj");
    }
    options_.rounded = out_.productType() == at::kBFloat16;
  }

  at::Tensor operator()(const at::Tensor& x, const at::Tensor& mask, at::Tensor* weights) const {
    const auto parts = project(attentionNorm_(x));
    const at::Tensor attended =
        nn::attend(split(parts[0]), split(parts[1]), split(parts[2]), mask, options_, weights);
    const at::Tensor middle = x + out_(attended);
    return middle + mlp_(mlpNorm_(middle));
  }

 private:
  /// Queries, keys and values.
  std::vector<at::Tensor> project(const at::Tensor& x) const {
    if (fused_.outFeatures() > 0) return fused_(x).chunk(3, -1);
    return Linear::together({&query_, &key_, &value_}, x);
  }
  at::Tensor split(const at::Tensor& x) const {
    return x.reshape({x.size(0), x.size(1), heads_, -1}).transpose(1, 2);
  }

  std::int64_t heads_;
  Linear query_, key_, value_, fused_, out_;
  nn::LayerNorm attentionNorm_, mlpNorm_;
  TowerMlp mlp_;
  nn::AttentionOptions options_;
};

TowerStack::TowerStack(const nn::Weights& w, const StackConfig& c, TowerKind kind) {
  for (std::int64_t i = 0; i < c.layers; ++i)
    blocks_.push_back(std::make_shared<Block>(w / "layers" / i, c, kind));
}

at::Tensor TowerStack::forward(at::Tensor x, const at::Tensor& mask,
                               const nn::Observer* observer) const {
  for (std::size_t i = 0; i < blocks_.size(); ++i) x = run(i, x, mask, observer);
  return x;
}

std::vector<at::Tensor> TowerStack::states(at::Tensor x, const at::Tensor& mask, std::size_t layers,
                                           const nn::Observer* observer) const {
  std::vector<at::Tensor> result{std::move(x)};
  for (std::size_t i = 0; i < layers; ++i) result.push_back(run(i, result[i], mask, observer));
  return result;
}

at::Tensor TowerStack::run(std::size_t block, const at::Tensor& x, const at::Tensor& mask,
                           const nn::Observer* observer) const {
  at::Tensor map;
  const at::Tensor result = (*blocks_[block])(x, mask, observer ? &map : nullptr);
  if (observer) {
    (*observer)(fmt::format("layers.{}.attention", block), map);
    (*observer)(fmt::format("layers.{}.residual", block), result);
  }
  return result;
}

}  // namespace orrery::models::multimodal
