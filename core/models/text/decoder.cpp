#include "core/models/text/decoder.h"

#include <fmt/format.h>

namespace orrery::models::text {

using nn::Linear;
using Bias = nn::Linear::Bias;

namespace {

/// RMSNorm or LayerNorm, as the family has it.
class Norm {
 public:
  Norm() = default;
  Norm(const nn::Weights& weights, const DecoderConfig& c) {
    if (c.layerNorm)
      layer_ = nn::LayerNorm(weights, c.hidden, c.normEps);
    else
      rms_ = nn::RmsNorm(weights, c.hidden, c.normEps, c.normOffset);
  }
  at::Tensor operator()(const at::Tensor& x) const { return rms_.defined() ? rms_(x) : layer_(x); }

 private:
  nn::RmsNorm rms_;
  nn::LayerNorm layer_;
};

/// Normalisation of queries or keys, [batch, time, heads, head_dim] → the same.
class HeadNorm {
 public:
  HeadNorm() = default;
  HeadNorm(const nn::Weights& weights, const DecoderConfig& c, std::int64_t heads)
      : kind_(c.qkNorm), eps_(c.normEps) {
    if (kind_ == QkNorm::kHead) rms_ = nn::RmsNorm(weights, c.headDim, c.normEps, c.normOffset);
    if (kind_ == QkNorm::kWhole) rms_ = nn::RmsNorm(weights, heads * c.headDim, c.normEps);
    if (kind_ == QkNorm::kLayerNorm) weight_ = weights.tensor("weight", {heads, c.headDim});
  }
  at::Tensor operator()(const at::Tensor& x) const {
    switch (kind_) {
      case QkNorm::kNone:
        return x;
      case QkNorm::kHead:
        return rms_(x);
      case QkNorm::kWhole:
        return rms_(x.flatten(2)).view_as(x);
      case QkNorm::kLayerNorm:
        return at::layer_norm(x, {x.size(-1)}, {}, {}, eps_) * weight_;
    }
    return x;
  }

 private:
  QkNorm kind_ = QkNorm::kNone;
  double eps_ = 0;
  nn::RmsNorm rms_;
  at::Tensor weight_;
};

/// What the layers of one pass share: the angles of each kind of rotary embedding.
struct Pass {
  const nn::Step& step;
  std::vector<nn::RotaryAngles> angles;
};

class Attention {
 public:
  Attention() = default;
  Attention(const nn::Weights& w, const DecoderConfig& c, std::int64_t layer)
      : heads_(c.heads), kvHeads_(c.kvHeads), headDim_(c.headDim), layer_(layer) {
    const auto index = static_cast<std::size_t>(layer);
    const Bias bias = c.qkvBias ? Bias::kRequired : Bias::kNone;
    const std::int64_t q = heads_ * headDim_, kv = kvHeads_ * headDim_;
    if (c.fusedQkv) {
      qkv_ = Linear(w / "qkv_proj", c.hidden, q + 2 * kv, bias);
    } else {
      q_ = Linear(w / "q_proj", c.hidden, q, bias);
      k_ = Linear(w / "k_proj", c.hidden, kv, bias);
      v_ = Linear(w / "v_proj", c.hidden, kv, bias);
    }
    out_ = Linear(w / "o_proj", q, c.hidden, c.outBias ? Bias::kRequired : Bias::kNone);
    qNorm_ = HeadNorm(w / "q_norm", c, heads_);
    kNorm_ = HeadNorm(w / "k_norm", c, kvHeads_);
    options_ = {c.attentionScale, c.attentionSoftcap, c.windows[index], {}};
    if (c.sinks) options_.sinks = w.tensor("sinks", {heads_});
    rotaryIndex_ = c.rotaryLayers[index] ? c.ropeOfLayer[index] : -1;
  }

  at::Tensor operator()(const at::Tensor& x, const Pass& pass,
                        const std::vector<nn::Rotary>& rotaries) const {
    at::Tensor q, k, v;
    if (qkv_.outFeatures() > 0) {
      const std::int64_t kv = kvHeads_ * headDim_;
      const auto parts = qkv_(x).split_with_sizes({heads_ * headDim_, kv, kv}, -1);
      q = parts[0], k = parts[1], v = parts[2];
    } else {
      const auto parts = Linear::together({&q_, &k_, &v_}, x);
      q = parts[0], k = parts[1], v = parts[2];
    }
    q = qNorm_(split(q, heads_)).transpose(1, 2);
    k = kNorm_(split(k, kvHeads_)).transpose(1, 2);
    v = split(v, kvHeads_).transpose(1, 2);
    if (rotaryIndex_ >= 0) {
      const auto index = static_cast<std::size_t>(rotaryIndex_);
      q = rotaries[index].apply(q, pass.angles[index]);
      k = rotaries[index].apply(k, pass.angles[index]);
    }
    return out_(nn::causalAttention(q, k, v, layer_, options_, pass.step));
  }

 private:
  at::Tensor split(const at::Tensor& x, std::int64_t heads) const {
    return x.reshape({x.size(0), x.size(1), heads, headDim_});
  }

  std::int64_t heads_ = 0, kvHeads_ = 0, headDim_ = 0, layer_ = 0;
  Linear q_, k_, v_, qkv_, out_;
  HeadNorm qNorm_, kNorm_;
  nn::AttentionOptions options_;
  int rotaryIndex_ = -1;
};

/// Names of the norms of a layer, in the order of use.
struct NormNames {
  const char* beforeAttention;
  const char* afterAttention;
  const char* beforeMlp;
  const char* afterMlp;
};

NormNames normNames(const DecoderConfig& c) {
  if (c.modelType == "glm4")
    return {"input_layernorm", "post_self_attn_layernorm", "post_attention_layernorm",
            "post_mlp_layernorm"};
  switch (c.normPlace) {
    case NormPlace::kBefore:
      return {"input_layernorm", nullptr, "post_attention_layernorm", nullptr};
    case NormPlace::kAfter:
      return {nullptr, "post_attention_layernorm", nullptr, "post_feedforward_layernorm"};
    case NormPlace::kAround:
      return {"input_layernorm", "post_attention_layernorm", "pre_feedforward_layernorm",
              "post_feedforward_layernorm"};
    case NormPlace::kParallel:
      return {"input_layernorm", nullptr, nullptr, nullptr};
  }
  return {};
}

}  // namespace

class Decoder::Block {
 public:
  Block(const nn::Weights& w, const DecoderConfig& c, std::int64_t layer)
      : attention_(w / "self_attn", c, layer),
        residualScale_(c.residualScale),
        parallel_(c.normPlace == NormPlace::kParallel),
        layer_(layer) {
    const NormNames names = normNames(c);
    const auto norm = [&](const char* name) {
      return name ? std::optional<Norm>(Norm(w / name, c)) : std::nullopt;
    };
    beforeAttention_ = norm(names.beforeAttention);
    afterAttention_ = norm(names.afterAttention);
    beforeMlp_ = norm(names.beforeMlp);
    afterMlp_ = norm(names.afterMlp);
    if (c.moe && c.moeLayers[static_cast<std::size_t>(layer)])
      moe_ = SparseMoe(w, c);
    else
      mlp_ = GatedMlp(w / "mlp", c, c.ffn);
  }

  at::Tensor operator()(const at::Tensor& x, const Pass& pass,
                        const std::vector<nn::Rotary>& rotaries) const {
    const at::Tensor normed = apply(beforeAttention_, x);
    const at::Tensor attended = apply(afterAttention_, attention_(normed, pass, rotaries));
    if (parallel_) return nn::addBranch(nn::addBranch(x, attended), feedForward(normed, pass.step));
    const at::Tensor middle = add(x, attended);
    const at::Tensor fed = feedForward(apply(beforeMlp_, middle), pass.step);
    return add(middle, apply(afterMlp_, fed));
  }

 private:
  static at::Tensor apply(const std::optional<Norm>& norm, const at::Tensor& x) {
    return norm ? (*norm)(x) : x;
  }
  at::Tensor add(const at::Tensor& x, const at::Tensor& branch) const {
    return nn::addBranch(x, branch, residualScale_);
  }
  at::Tensor feedForward(const at::Tensor& x, const nn::Step& step) const {
    if (!moe_.defined()) return mlp_(x);
    at::Tensor logits;
    at::Tensor result = moe_(x, step.observer ? &logits : nullptr);
    if (step.observer) step.observe(fmt::format("layers.{}.router", layer_), logits);
    return result;
  }

  Attention attention_;
  GatedMlp mlp_;
  SparseMoe moe_;
  std::optional<Norm> beforeAttention_, afterAttention_, beforeMlp_, afterMlp_;
  double residualScale_;
  bool parallel_;
  std::int64_t layer_;
};

Decoder::Decoder(const nn::Weights& weights, const DecoderConfig& config)
    : config_(config), embedding_(weights / "embed_tokens", config.vocab, config.hidden) {
  const Json document = {{"max_position_embeddings", config.maxPositions}};
  const auto pairing =
      config.neighbourRotary ? nn::Rotary::Pairing::kNeighbours : nn::Rotary::Pairing::kHalves;
  for (const Json& parameters : config.ropeParameters)
    rotaries_.emplace_back(JsonField(document, "config.json"),
                           JsonField(parameters, "config.json: rope_parameters"), config.headDim,
                           pairing);
  for (std::int64_t i = 0; i < config.layers; ++i)
    blocks_.emplace_back(weights / "layers" / i, config, i);
  if (config.layerNorm)
    layerNorm_ = nn::LayerNorm(weights / "norm", config.hidden, config.normEps);
  else
    rmsNorm_ = nn::RmsNorm(weights / "norm", config.hidden, config.normEps, config.normOffset);
}

Decoder::~Decoder() = default;

at::Tensor Decoder::embed(const at::Tensor& ids) const {
  const at::Tensor x = embedding_(ids);
  return config_.embeddingScale != 1 ? x * config_.embeddingScale : x;
}

at::Tensor Decoder::forward(const at::Tensor& embeddings, const nn::Step& step) const {
  at::Tensor x = config_.inputScale != 1 ? embeddings * config_.inputScale : embeddings;
  const std::int64_t length = step.positions.max().item<std::int64_t>() + 1;
  Pass pass{step, {}};
  for (const auto& rotary : rotaries_) pass.angles.push_back(rotary.angles(step.positions, length));
  for (std::size_t i = 0; i < blocks_.size(); ++i) {
    step.throwIfCancelled();
    x = blocks_[i](x, pass, rotaries_);
    if (step.observer) step.observe(fmt::format("layers.{}.residual", i), x);
  }
  return rmsNorm_.defined() ? rmsNorm_(x) : layerNorm_(x);
}

nn::SequenceCache Decoder::newCache() const {
  nn::SequenceCache cache;
  for (const std::int64_t window : config_.windows)
    cache.layers.emplace_back(nn::CachePolicy{.window = window});
  return cache;
}

}  // namespace orrery::models::text
