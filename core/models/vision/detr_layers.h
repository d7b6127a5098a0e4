#pragma once

#include "core/nn/activation.h"
#include "core/nn/attention.h"
#include "core/nn/linear.h"
#include "core/nn/norm.h"

/// Layers that DETR and the detectors after it share.
namespace orrery::models::vision {

/// Attention in which queries and keys are told their places by addition, values are not.
class PlacedAttention {
 public:
  PlacedAttention() = default;
  /// Takes `q_proj`, `k_proj`, `v_proj` and `out_proj`.
  PlacedAttention(const nn::Weights& weights, std::int64_t hidden, std::int64_t heads);

  /// What x looks at: itself, or something else that has its own positions.
  struct Seen {
    at::Tensor values;     ///< [batch, keys, hidden]
    at::Tensor positions;  ///< broadcast to it; undefined: none
    at::Tensor mask;       ///< additive, or undefined
  };
  /// x [batch, queries, hidden], its positions or undefined → the same shape. `weights`, where
  /// given, receives the attention map.
  at::Tensor operator()(const at::Tensor& x, const at::Tensor& positions, const Seen& seen,
                        at::Tensor* weights = nullptr) const;
  at::Tensor self(const at::Tensor& x, const at::Tensor& positions, const at::Tensor& mask,
                  at::Tensor* weights = nullptr) const {
    return (*this)(x, positions, {x, positions, mask}, weights);
  }

 private:
  std::int64_t heads_ = 1;
  nn::Linear query_, key_, value_, out_;
  nn::AttentionOptions options_;
};

/// x [batch, time, heads * dim] → [batch, heads, time, dim].
at::Tensor splitHeads(const at::Tensor& x, std::int64_t heads);

/// fc2(activation(fc1(x))).
class FeedForward {
 public:
  FeedForward() = default;
  FeedForward(const nn::Weights& weights, std::int64_t hidden, std::int64_t ffn,
              const std::string& activation);
  at::Tensor operator()(const at::Tensor& x) const { return down_(activation_(up_(x))); }

 private:
  nn::Linear up_, down_;
  nn::Activation activation_ = nullptr;
};

/// `layers` linear layers with a ReLU between, as heads for boxes have them.
class PredictionHead {
 public:
  PredictionHead() = default;
  struct Sizes {
    std::int64_t in = 0, hidden = 0, out = 0, layers = 0;
  };
  PredictionHead(const nn::Weights& weights, const Sizes& sizes);
  at::Tensor operator()(const at::Tensor& x) const;

 private:
  std::vector<nn::Linear> layers_;
};

/// Self-attention and a feed-forward part over the places of a feature map.
class EncoderLayer {
 public:
  /// Where the norms stand: after each part; before it; or before it with the second part's
  /// shortcut taken after its norm, as RT-DETR has it.
  enum class Norms { kAfter, kBefore, kBeforeShortcut };
  struct Sizes {
    std::int64_t hidden = 0, heads = 0, ffn = 0;
    std::string activation;
    double normEps = 1e-5;
    Norms norms = Norms::kAfter;
  };
  EncoderLayer(const nn::Weights& weights, const Sizes& sizes);

  /// x [batch, places, hidden], positions broadcast to it or undefined → the same shape.
  at::Tensor operator()(const at::Tensor& x, const at::Tensor& positions, const at::Tensor& mask,
                        at::Tensor* weights = nullptr) const;

 private:
  Norms norms_;
  PlacedAttention attention_;
  FeedForward feedForward_;
  nn::LayerNorm attentionNorm_, finalNorm_;
};

/// Sines and cosines in turn of each value over `features` wavelengths: [...] → [..., features].
at::Tensor sines(const at::Tensor& values, std::int64_t features);
/// Of the places of a feature map whose `mask` [batch, rows, columns] is true where it shows the
/// picture: [batch, rows * columns, 2 * features], `offset` (in places) off its count from 1.
at::Tensor sinePositions(const at::Tensor& mask, std::int64_t features, double offset = 0);

/// log(x / (1 - x)) of x in 0 to 1, kept finite.
at::Tensor inverseSigmoid(const at::Tensor& x);

}  // namespace orrery::models::vision
