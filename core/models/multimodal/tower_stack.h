#pragma once

#include "core/models/multimodal/two_tower_config.h"
#include "core/nn/activation.h"
#include "core/nn/attention.h"
#include "core/nn/linear.h"
#include "core/nn/norm.h"

namespace orrery::models::multimodal {

/// fc2(act(fc1(x))).
class TowerMlp {
 public:
  TowerMlp() = default;
  TowerMlp(const nn::Weights& weights, const StackConfig& config);
  at::Tensor operator()(const at::Tensor& x) const { return down_(activation_(up_(x))); }

 private:
  nn::Linear up_, down_;
  nn::Activation activation_ = nullptr;
};

/// The blocks of a tower: attention and feed-forward, each after a norm and added to what came in.
class TowerStack {
 public:
  TowerStack() = default;
  /// `weights` is the scope that holds `layers`.
  TowerStack(const nn::Weights& weights, const StackConfig& config, TowerKind kind);

  /// x [batch, time, hidden], additive mask broadcastable to [batch, heads, time, time] or
  /// undefined → the same shape.
  at::Tensor forward(at::Tensor x, const at::Tensor& mask, const nn::Observer* observer) const;
  /// x and what each of the first `layers` blocks makes of what comes before: `layers` + 1 tensors.
  std::vector<at::Tensor> states(at::Tensor x, const at::Tensor& mask, std::size_t layers,
                                 const nn::Observer* observer) const;

 private:
  class Block;
  at::Tensor run(std::size_t block, const at::Tensor& x, const at::Tensor& mask,
                 const nn::Observer* observer) const;

  std::vector<std::shared_ptr<const Block>> blocks_;
};

}  // namespace orrery::models::multimodal
