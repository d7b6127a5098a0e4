#include <fmt/format.h>

#include <cmath>

#include "core/models/families.h"
#include "core/models/text/causal_heads.h"
#include "core/models/text/classic_config.h"
#include "core/nn/activation.h"
#include "core/nn/norm.h"
#include "core/nn/rotary.h"

namespace orrery::models::text {
namespace {

using nn::Linear;
using Bias = Linear::Bias;
using Layout = Linear::Layout;

/// Scope of a name that may have dots: "attn.c_attn".
Linear linear(const nn::Weights& w, const char* name, const ClassicConfig& c, std::int64_t in,
              std::int64_t out, bool bias) {
  return Linear(w / name, in, out, bias ? Bias::kRequired : Bias::kNone,
                c.conv1d ? Layout::kInOut : Layout::kOutIn);
}

struct Pass {
  const nn::Step& step;
  const nn::Rotary* rotary;
  nn::RotaryAngles angles;
};

class Attention {
 public:
  Attention(const nn::Weights& w, const ClassicConfig& c, std::int64_t layer)
      : heads_(c.heads), fused_(c.fused), layer_(layer) {
    if (c.names.qkv) {
      qkv_ = linear(w, c.names.qkv, c, c.hidden, 3 * c.hidden, c.bias);
    } else {
      const nn::Weights scope = w / c.names.attention;
      for (auto [part, name] : {std::pair{&q_, "q_proj"}, {&k_, "k_proj"}, {&v_, "v_proj"}})
        *part = linear(scope, name, c, c.hidden, c.hidden, c.bias);
    }
    out_ = linear(w, c.names.attentionOut, c, c.hidden, c.hidden, c.bias);
    const double headDim = static_cast<double>(c.hidden / c.heads);
    options_.scale = c.scaleByHeadDim ? 1 / std::sqrt(headDim) : 1;
    if (c.scaleByLayer) options_.scale /= static_cast<double>(layer + 1);
  }

  at::Tensor operator()(const at::Tensor& x, const Pass& pass) const {
    auto [q, k, v] = project(x);
    if (pass.rotary) {
      q = pass.rotary->apply(q, pass.angles);
      k = pass.rotary->apply(k, pass.angles);
    }
    return out_(nn::causalAttention(q, k, v, layer_, options_, pass.step));
  }

 private:
  /// q, k, v as [batch, heads, time, head_dim].
  std::array<at::Tensor, 3> project(const at::Tensor& x) const {
    if (fused_ == ClassicConfig::Fused::kPerHead) {
      const auto parts = split(qkv_(x)).chunk(3, -1);
      return {parts[0], parts[1], parts[2]};
    }
    if (fused_ == ClassicConfig::Fused::kNo) return {split(q_(x)), split(k_(x)), split(v_(x))};
    const auto parts = qkv_(x).chunk(3, -1);
    return {split(parts[0]), split(parts[1]), split(parts[2])};
  }
  at::Tensor split(const at::Tensor& x) const {
    return x.reshape({x.size(0), x.size(1), heads_, -1}).transpose(1, 2);
  }

  std::int64_t heads_;
  ClassicConfig::Fused fused_;
  std::int64_t layer_;
  Linear qkv_, q_, k_, v_, out_;
  nn::AttentionOptions options_;
};

class Block {
 public:
  Block(const nn::Weights& w, const ClassicConfig& c, std::int64_t layer)
      : attentionNorm_(w / c.names.attentionNorm, c.hidden, c.normEps),
        attention_(w, c, layer),
        mlpNorm_(w / c.names.mlpNorm, c.hidden, c.normEps),
        up_(linear(w, c.names.up, c, c.hidden, c.ffn, c.bias || c.modelType == "gpt_neox")),
        down_(linear(w, c.names.down, c, c.ffn, c.hidden, c.bias || c.modelType == "gpt_neox")),
        activation_(nn::activation(c.activation)),
        normBefore_(c.normBefore),
        parallel_(c.parallel) {}

  at::Tensor operator()(const at::Tensor& x, const Pass& pass) const {
    if (!normBefore_) {
      const at::Tensor middle = attentionNorm_(x + attention_(x, pass));
      return mlpNorm_(middle + feedForward(middle));
    }
    const at::Tensor middle = x + attention_(attentionNorm_(x), pass);
    return middle + feedForward(mlpNorm_(parallel_ ? x : middle));
  }

 private:
  at::Tensor feedForward(const at::Tensor& x) const { return down_(activation_(up_(x))); }

  nn::LayerNorm attentionNorm_;
  Attention attention_;
  nn::LayerNorm mlpNorm_;
  Linear up_, down_;
  nn::Activation activation_;
  bool normBefore_, parallel_;
};

class ClassicCore : public CausalCore {
 public:
  ClassicCore(const nn::Weights& w, const nn::Weights& root, const ClassicConfig& c,
              bool languageModel)
      : config_(c), tokens_(w / c.names.tokens, c.vocab, c.embeddingDim) {
    if (c.names.positions)
      positions_ =
          nn::Embedding(w / c.names.positions, c.maxPositions + c.positionOffset, c.hidden);
    if (c.embeddingDim != c.hidden) {
      projectIn_ = Linear(w / "project_in", c.embeddingDim, c.hidden, Bias::kNone);
      projectOut_ = Linear(w / "project_out", c.hidden, c.embeddingDim, Bias::kNone);
    }
    for (std::int64_t i = 0; i < c.layers; ++i) blocks_.emplace_back(w / c.names.layers / i, c, i);
    if (c.finalNorm) norm_ = nn::LayerNorm(w / c.names.finalNorm, c.hidden, c.normEps);
    if (c.ropeParameters) makeRotary();
    if (!languageModel) return;
    if (c.tied) root.ignore(std::string(c.names.head) + ".weight");
    head_ = c.tied ? tokens_.tiedLinear()
                   : Linear(root / c.names.head, c.embeddingDim, c.vocab, Bias::kNone);
  }

  at::Tensor positions(const at::Tensor& ids, const at::Tensor& mask) const override {
    if (!config_.positionsFromMask || !mask.defined()) return CausalCore::positions(ids, mask);
    return mask.to(at::kLong).cumsum(1) * mask.to(at::kLong) - 1;
  }

  at::Tensor hidden(const at::Tensor& ids, const nn::Step& step) const override {
    at::Tensor x = tokens_(ids);
    if (config_.embeddingDim != config_.hidden) x = projectIn_(x);
    if (config_.names.positions) x = x + positions_(step.positions + config_.positionOffset);
    Pass pass{step, nullptr, {}};
    if (config_.ropeParameters) {
      pass.rotary = &rotary_;
      pass.angles = rotary_.angles(step.positions, step.positions.max().item<std::int64_t>() + 1);
    }
    for (std::size_t i = 0; i < blocks_.size(); ++i) {
      step.throwIfCancelled();
      x = blocks_[i](x, pass);
      if (step.observer) step.observe(fmt::format("layers.{}.residual", i), x);
    }
    if (norm_.defined()) x = norm_(x);
    return config_.embeddingDim != config_.hidden ? projectOut_(x) : x;
  }
  at::Tensor head(const at::Tensor& hidden) const override { return head_(hidden); }
  nn::SequenceCache newCache() const override {
    return {std::vector<nn::LayerCache>(blocks_.size())};
  }
  int vocabSize() const override { return static_cast<int>(config_.vocab); }
  int contextLength() const override { return static_cast<int>(config_.maxPositions); }

 private:
  void makeRotary() {
    const Json document = {{"max_position_embeddings", config_.maxPositions}};
    rotary_ = nn::Rotary(JsonField(document, "config.json"),
                         JsonField(*config_.ropeParameters, "config.json: rope_parameters"),
                         config_.hidden / config_.heads);
  }

  ClassicConfig config_;
  nn::Embedding tokens_, positions_;
  Linear projectIn_, projectOut_, head_;
  std::vector<Block> blocks_;
  nn::LayerNorm norm_;
  nn::Rotary rotary_;
};

std::unique_ptr<Model> makeClassic(const ModelSpec& spec) {
  const ClassicConfig config = ClassicConfig::read(spec.config);
  const CausalHead head = causalHead(spec.className);
  const nn::Weights base = baseScope(spec.weights, {config.names.base, "decoder"});
  auto core =
      std::make_unique<ClassicCore>(base, spec.weights, config, head == CausalHead::kLanguageModel);
  return std::make_unique<CausalModel>(
      std::move(core), head, CausalHeadConfig{config.embeddingDim, config.labels, config.padToken},
      spec.weights, config.names.tokenScore);
}

}  // namespace

void registerClassicDecoders(Families& families) {
  for (const auto& type : classicTypes()) families[type] = makeClassic;
}

}  // namespace orrery::models::text
