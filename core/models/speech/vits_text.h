#pragma once

#include "core/models/speech/vits_config.h"
#include "core/nn/activation.h"
#include "core/nn/attention.h"
#include "core/nn/convolution1d.h"
#include "core/nn/linear.h"
#include "core/nn/norm.h"

namespace orrery::models::speech {

/// Self-attention in which near tokens have keys and values of their distance (Shaw et al. 2018).
class VitsAttention {
 public:
  VitsAttention(const nn::Weights& weights, const VitsConfig& config);
  /// x [batch, tokens, hidden] → the same shape; `map` receives the attention map.
  at::Tensor operator()(const at::Tensor& x, const at::Tensor& mask, at::Tensor* map) const;

 private:
  std::int64_t heads_, window_;
  nn::Linear query_, key_, value_, out_;
  at::Tensor nearKeys_, nearValues_;  ///< [2 * window + 1, dim] or undefined
  nn::AttentionOptions options_;
};

/// The text encoder: what each token sounds like, as a distribution.
class VitsText {
 public:
  VitsText(const nn::Weights& weights, const VitsConfig& config);

  struct Output {
    at::Tensor hidden;               ///< [batch, tokens, hidden]
    at::Tensor means, logVariances;  ///< [batch, tokens, flow]
  };
  /// ids [batch, tokens]; mask [batch, tokens] of 0 and 1, or undefined.
  Output operator()(const at::Tensor& ids, const at::Tensor& mask,
                    const nn::Observer* observer) const;

 private:
  struct Layer {
    VitsAttention attention;
    nn::LayerNorm norm, finalNorm;
    nn::Conv1d up, down;
  };
  at::Tensor feedForward(const Layer& layer, const at::Tensor& x, const at::Tensor& kept) const;

  std::int64_t kernel_;
  double scale_;
  nn::Embedding words_;
  std::vector<Layer> layers_;
  nn::Conv1d project_;
  nn::Activation activation_;
};

}  // namespace orrery::models::speech
