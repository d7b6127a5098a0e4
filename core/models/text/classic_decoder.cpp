#include <fmt/format.h>

#include <cmath>

#include "core/models/families.h"
#include "core/models/text/causal_heads.h"
#include "core/models/text/classic_attention.h"
#include "core/models/text/padded_positions.h"
#include "core/models/text/text_core.h"
#include "core/nn/activation.h"

namespace orrery::models::text {
namespace {

using nn::Linear;
using Bias = Linear::Bias;

class Block {
 public:
  Block(const nn::Weights& w, const ClassicConfig& c, std::int64_t layer)
      : attentionNorm_(w / c.names.attentionNorm, c.hidden, c.normEps),
        attention_(w, c, layer),
        mlpNorm_(w / c.names.mlpNorm, c.hidden, c.normEps),
        up_(classicLinear(w, c.names.up, c, c.hidden, c.ffn, c.bias || c.modelType == "gpt_neox")),
        down_(classicLinear(w, c.names.down, c, c.ffn, c.hidden,
                            c.bias || c.modelType == "gpt_neox")),
        activation_(nn::activation(c.activation)),
        normBefore_(c.normBefore),
        parallel_(c.parallel) {
    if (c.crossHidden == 0) return;
    cross_ = ClassicCrossAttention(w, c, layer);
    crossNorm_ = nn::LayerNorm(w / c.names.crossNorm, c.hidden, c.normEps);
  }

  at::Tensor operator()(const at::Tensor& x, const ClassicPass& pass) const {
    const bool looks = !pass.cross.empty();
    if (!normBefore_) {
      at::Tensor middle = attentionNorm_(x + attention_(x, pass));
      if (looks) middle = crossNorm_(middle + cross_(middle, pass));
      return mlpNorm_(middle + feedForward(middle));
    }
    at::Tensor middle = x + attention_(attentionNorm_(x), pass);
    if (looks) middle = middle + cross_(crossNorm_(middle), pass);
    return middle + feedForward(mlpNorm_(parallel_ ? x : middle));
  }
  CrossLayer crossCache(const at::Tensor& encoded) const { return cross_.cache(encoded); }

 private:
  at::Tensor feedForward(const at::Tensor& x) const { return down_(activation_(up_(x))); }

  nn::LayerNorm attentionNorm_;
  ClassicAttention attention_;
  ClassicCrossAttention cross_;
  nn::LayerNorm crossNorm_, mlpNorm_;
  Linear up_, down_;
  nn::Activation activation_;
  bool normBefore_, parallel_;
};

class ClassicCore : public CrossDecoder {
 public:
  ClassicCore(const ClassicConfig& c, const CoreWeights& weights)
      : config_(c), tokens_(weights.base / c.names.tokens, c.vocab, c.embeddingDim) {
    const nn::Weights& w = weights.base;
    if (c.names.positions)
      positions_ =
          nn::Embedding(w / c.names.positions, c.maxPositions + c.positionOffset, c.hidden);
    if (c.embeddingNorm)
      embeddingNorm_ = nn::LayerNorm(w / "layernorm_embedding", c.hidden, c.normEps);
    if (c.embeddingDim != c.hidden) {
      projectIn_ = Linear(w / "project_in", c.embeddingDim, c.hidden, Bias::kNone);
      projectOut_ = Linear(w / "project_out", c.hidden, c.embeddingDim, Bias::kNone);
    }
    for (std::int64_t i = 0; i < c.layers; ++i) blocks_.emplace_back(w / c.names.layers / i, c, i);
    if (c.finalNorm) norm_ = nn::LayerNorm(w / c.names.finalNorm, c.hidden, c.normEps);
    if (c.ropeParameters) makeRotary();
    if (!weights.languageModel) return;
    const nn::Weights& root = weights.head;
    if (c.tied) root.ignore(std::string(c.names.head) + ".weight");
    head_ = c.tied ? tokens_.tiedLinear()
                   : Linear(root / c.names.head, c.embeddingDim, c.vocab, Bias::kNone);
  }

  at::Tensor positions(const at::Tensor& ids, const at::Tensor& mask) const override {
    if (!config_.positionsFromMask || !mask.defined())
      return positionsAt(ids, CausalCore::positions(ids, mask));
    return mask.to(at::kLong).cumsum(1) * mask.to(at::kLong) - 1;
  }
  at::Tensor positionsAt(const at::Tensor& ids, const at::Tensor& places) const override {
    return config_.sinusoids ? paddedPositions(ids, *config_.padToken, places) : places;
  }

  at::Tensor embed(const at::Tensor& ids) const override {
    const at::Tensor x = tokens_(ids);
    return config_.embeddingScale != 1 ? x * config_.embeddingScale : x;
  }
  at::Tensor hiddenBeside(const CrossCache& cross, const at::Tensor& embeddings,
                          const nn::Step& step) const override {
    at::Tensor x = place(embeddings, step);
    ClassicPass pass{.step = step, .cross = cross};
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
  CrossCache crossCache(const at::Tensor& encoded) const override {
    CrossCache result;
    for (const Block& block : blocks_) result.push_back(block.crossCache(encoded));
    return result;
  }
  int vocabSize() const override { return static_cast<int>(config_.vocab); }
  int contextLength() const override { return static_cast<int>(config_.maxPositions); }

 private:
  /// The tokens at their positions.
  at::Tensor place(at::Tensor x, const nn::Step& step) const {
    if (config_.embeddingDim != config_.hidden) x = projectIn_(x);
    if (config_.names.positions) x = x + positions_(step.positions + config_.positionOffset);
    if (config_.sinusoids) x = x + waves(step.positions);
    return embeddingNorm_.defined() ? embeddingNorm_(x) : x;
  }
  /// Sines and cosines of positions [batch, time]; padding has none.
  at::Tensor waves(const at::Tensor& positions) const {
    const std::int64_t half = config_.hidden / 2;
    const double slowing = std::log(10000.0) / static_cast<double>(half - 1);
    const at::Tensor speeds = at::exp(at::arange(half, at::kLong).to(at::kFloat) * -slowing);
    const at::Tensor angles = positions.to(at::kFloat).unsqueeze(-1) * speeds;
    at::Tensor result = at::cat({at::sin(angles), at::cos(angles)}, -1);
    if (config_.hidden % 2 == 1) result = at::constant_pad_nd(result, {0, 1});
    return result * positions.ne(*config_.padToken).unsqueeze(-1);
  }
  void makeRotary() {
    const Json document = {{"max_position_embeddings", config_.maxPositions}};
    rotary_ = nn::Rotary(JsonField(document, "config.json"),
                         JsonField(*config_.ropeParameters, "config.json: rope_parameters"),
                         config_.hidden / config_.heads);
  }

  ClassicConfig config_;
  nn::Embedding tokens_, positions_;
  nn::LayerNorm embeddingNorm_;
  Linear projectIn_, projectOut_, head_;
  std::vector<Block> blocks_;
  nn::LayerNorm norm_;
  nn::Rotary rotary_;
};

CoreWeights coreWeights(const ClassicConfig& config, const nn::Weights& root, bool languageModel) {
  return {baseScope(root, {config.names.base, "decoder"}), root, languageModel};
}

std::unique_ptr<Model> makeClassic(const ModelSpec& spec) {
  const ClassicConfig config = ClassicConfig::read(spec.config);
  const CausalHead head = causalHead(spec.className);
  auto core = std::make_unique<ClassicCore>(
      config, coreWeights(config, spec.weights, head == CausalHead::kLanguageModel));
  return std::make_unique<CausalModel>(
      std::move(core), head, CausalHeadConfig{config.embeddingDim, config.labels, config.padToken},
      spec.weights, config.names.tokenScore);
}

}  // namespace

std::unique_ptr<CrossDecoder> makeClassicCore(const ClassicConfig& config,
                                              const CoreWeights& weights) {
  return std::make_unique<ClassicCore>(config, weights);
}

std::unique_ptr<CrossDecoder> makeClassicDecoder(const JsonField& config,
                                                 const nn::Weights& weights) {
  const ClassicConfig c = ClassicConfig::read(config);
  return std::make_unique<ClassicCore>(c, coreWeights(c, weights, /*languageModel=*/true));
}

void registerClassicDecoders(Families& families) {
  for (const auto& type : classicTypes()) families[type] = makeClassic;
}

}  // namespace orrery::models::text
