#include "core/models/text/moe.h"

#include "core/models/text/mxfp4.h"

namespace orrery::models::text {

using Bias = nn::Linear::Bias;

GatedMlp::GatedMlp(const nn::Weights& weights, const DecoderConfig& config, std::int64_t ffn)
    : activation_(nn::activation(config.activation)) {
  const Bias bias = config.mlpBias ? Bias::kRequired : Bias::kNone;
  if (config.fusedGateUp) {
    gateUp_ = nn::Linear(weights / "gate_up_proj", config.hidden, 2 * ffn, bias);
  } else {
    gate_ = nn::Linear(weights / "gate_proj", config.hidden, ffn, bias);
    up_ = nn::Linear(weights / "up_proj", config.hidden, ffn, bias);
  }
  down_ = nn::Linear(weights / "down_proj", ffn, config.hidden, bias);
}

GatedMlp::GatedMlp(nn::Linear gate, nn::Linear up, nn::Linear down, nn::Activation activation)
    : gate_(std::move(gate)), up_(std::move(up)), down_(std::move(down)), activation_(activation) {}

at::Tensor GatedMlp::operator()(const at::Tensor& x) const {
  if (gateUp_.outFeatures() > 0) {
    const auto parts = gateUp_(x).chunk(2, -1);
    return down_(nn::gated(activation_, parts[0], parts[1]));
  }
  const auto parts = nn::Linear::together({&gate_, &up_}, x, nn::Linear::Output::kProductType);
  return down_(nn::gated(activation_, parts[0], parts[1]));
}

SparseMoe::SparseMoe(const nn::Weights& layer, const DecoderConfig& config) : moe_(*config.moe) {
  if (moe_.style == "mixtral")
    readMixtral(layer / "block_sparse_moe", config);
  else if (moe_.style == "gpt_oss")
    readGptOss(layer / "mlp", config);
  else
    readQwen(layer / "mlp", config);
}

void SparseMoe::readMixtral(const nn::Weights& moe, const DecoderConfig& config) {
  const auto linear = [&](const nn::Weights& at, std::int64_t in, std::int64_t out) {
    return nn::Linear(at, in, out, Bias::kNone);
  };
  router_ = linear(moe / "gate", config.hidden, moe_.experts);
  for (std::int64_t i = 0; i < moe_.experts; ++i) {
    const nn::Weights at = moe / "experts" / i;
    experts_.emplace_back(
        linear(at / "w1", config.hidden, moe_.ffn), linear(at / "w3", config.hidden, moe_.ffn),
        linear(at / "w2", moe_.ffn, config.hidden), nn::activation(config.activation));
  }
}

void SparseMoe::readQwen(const nn::Weights& mlp, const DecoderConfig& config) {
  router_ = nn::Linear(mlp / "gate", config.hidden, moe_.experts, Bias::kNone);
  for (std::int64_t i = 0; i < moe_.experts; ++i)
    experts_.emplace_back(mlp / "experts" / i, config, moe_.ffn);
  if (moe_.sharedFfn == 0) return;
  shared_ = GatedMlp(mlp / "shared_expert", config, moe_.sharedFfn);
  sharedGate_ = nn::Linear(mlp / "shared_expert_gate", config.hidden, 1, Bias::kNone);
}

void SparseMoe::readGptOss(const nn::Weights& mlp, const DecoderConfig& config) {
  router_ = nn::Linear(mlp / "router", config.hidden, moe_.experts, Bias::kRequired);
  const nn::Weights experts = mlp / "experts";
  ossUp_ = readExpertLinears(experts, "gate_up_proj", moe_.experts, config.hidden, 2 * moe_.ffn);
  ossDown_ = readExpertLinears(experts, "down_proj", moe_.experts, moe_.ffn, config.hidden);
}

at::Tensor SparseMoe::expert(std::size_t index, const at::Tensor& rows) const {
  if (ossUp_.empty()) return experts_[index](rows);
  // gpt-oss: gate and up lie interleaved; both are clamped, and up is shifted by one.
  constexpr double kAlpha = 1.702, kLimit = 7;
  const at::Tensor both = ossUp_[index](rows);
  const at::Tensor gate = both.slice(-1, 0, both.size(-1), 2).clamp_max(kLimit);
  const at::Tensor up = both.slice(-1, 1, both.size(-1), 2).clamp(-kLimit, kLimit);
  return ossDown_[index]((up + 1) * gate * at::sigmoid(gate * kAlpha));
}

at::Tensor SparseMoe::operator()(const at::Tensor& x, at::Tensor* logits) const {
  const at::Tensor rows = x.reshape({-1, x.size(-1)});
  const at::Tensor scores = router_(rows);
  if (logits) *logits = scores;
  at::Tensor shares, chosen;
  if (moe_.style == "gpt_oss") {
    std::tie(shares, chosen) = at::topk(scores, moe_.chosen, -1);
    shares = at::softmax(shares, -1);
  } else {
    std::tie(shares, chosen) = at::topk(at::softmax(scores, -1), moe_.chosen, -1);
    if (moe_.normalizeChosen) shares = shares / shares.sum(-1, true);
  }
  at::Tensor result = at::zeros_like(rows);
  for (std::int64_t i = 0; i < moe_.experts; ++i) {
    const auto hits = at::nonzero_numpy(chosen.eq(i));  // token, place among the chosen
    if (hits[0].numel() == 0) continue;
    const at::Tensor share = shares.index({hits[0], hits[1]}).unsqueeze(-1);
    result.index_add_(0, hits[0],
                      expert(static_cast<std::size_t>(i), rows.index_select(0, hits[0])) * share);
  }
  if (moe_.sharedFfn > 0) result += at::sigmoid(sharedGate_(rows)) * shared_(rows);
  return result.view(x.sizes());
}

}  // namespace orrery::models::text
