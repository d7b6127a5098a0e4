#pragma once

#include "core/models/text/decoder_config.h"
#include "core/nn/activation.h"
#include "core/nn/linear.h"

namespace orrery::models::text {

/// The gated feed-forward part: down(act(gate(x)) * up(x)).
class GatedMlp {
 public:
  GatedMlp() = default;
  GatedMlp(const nn::Weights& weights, const DecoderConfig& config, std::int64_t ffn);
  /// From tensors that carry other names (an expert of Mixtral).
  GatedMlp(nn::Linear gate, nn::Linear up, nn::Linear down, nn::Activation activation);

  at::Tensor operator()(const at::Tensor& x) const;

 private:
  nn::Linear gate_, up_, down_;
  nn::Linear gateUp_;  ///< instead of the two, where a checkpoint fuses them
  nn::Activation activation_ = nullptr;
};

/// A router and its experts: each token passes the `chosen` most probable ones, weighted.
class SparseMoe {
 public:
  SparseMoe() = default;
  SparseMoe(const nn::Weights& layer, const DecoderConfig& config);

  /// x [batch, time, hidden] → the same. `logits`, where given, receives the router's [tokens,
  /// experts].
  at::Tensor operator()(const at::Tensor& x, at::Tensor* logits) const;
  bool defined() const { return !experts_.empty() || !ossUp_.empty(); }

 private:
  void readMixtral(const nn::Weights& moe, const DecoderConfig& config);
  void readQwen(const nn::Weights& mlp, const DecoderConfig& config);
  void readGptOss(const nn::Weights& mlp, const DecoderConfig& config);
  at::Tensor expert(std::size_t index, const at::Tensor& rows) const;

  MoeConfig moe_;
  nn::Linear router_;
  std::vector<GatedMlp> experts_;
  std::vector<nn::Linear> ossUp_, ossDown_;  ///< gpt_oss: gate and up interleaved, with bias
  GatedMlp shared_;
  nn::Linear sharedGate_;
};

}  // namespace orrery::models::text
