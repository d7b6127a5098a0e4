#include "core/models/families.h"
#include "core/models/text/causal_heads.h"
#include "core/models/text/decoder.h"
#include "core/models/text/text_core.h"

namespace orrery::models::text {
namespace {

class DecoderCore : public CausalCore {
 public:
  DecoderCore(const DecoderConfig& config, const CoreWeights& weights)
      : decoder_(weights.base, config) {
    if (!weights.languageModel) return;
    if (config.tied) {
      weights.head.ignore("lm_head.weight");
      head_ = decoder_.embedding().tiedLinear();
    } else {
      head_ = nn::Linear(weights.head / "lm_head", config.hidden, config.vocab,
                         nn::Linear::Bias::kNone);
    }
  }

  at::Tensor embed(const at::Tensor& ids) const override { return decoder_.embed(ids); }
  at::Tensor hidden(const at::Tensor& embeddings, const nn::Step& step) const override {
    return decoder_.forward(embeddings, step);
  }
  at::Tensor head(const at::Tensor& hidden) const override {
    const DecoderConfig& c = decoder_.config();
    at::Tensor logits = head_(hidden);
    if (c.logitScale != 1) logits = logits * c.logitScale;
    if (c.logitSoftcap != 0) logits = at::tanh(logits / c.logitSoftcap) * c.logitSoftcap;
    return logits;
  }
  nn::SequenceCache newCache() const override { return decoder_.newCache(); }
  int vocabSize() const override { return static_cast<int>(decoder_.config().vocab); }
  int contextLength() const override { return static_cast<int>(decoder_.config().maxPositions); }

 private:
  Decoder decoder_;
  nn::Linear head_;
};

std::unique_ptr<Model> makeDecoder(const ModelSpec& spec) {
  const DecoderConfig config = DecoderConfig::read(spec.config);
  const CausalHead head = causalHead(spec.className);
  const nn::Weights base = baseScope(spec.weights, {"model", "transformer"});
  auto core = makeDecoderCore(config, {base, spec.weights, head == CausalHead::kLanguageModel});
  return std::make_unique<CausalModel>(
      std::move(core), head, CausalHeadConfig{config.hidden, config.labels, config.padToken},
      spec.weights);
}

}  // namespace

std::unique_ptr<CausalCore> makeDecoderCore(const DecoderConfig& config,
                                            const CoreWeights& weights) {
  return std::make_unique<DecoderCore>(config, weights);
}

std::unique_ptr<CausalCore> makeTextCore(const TextConfig& config, const CoreWeights& weights) {
  if (const auto* decoder = std::get_if<DecoderConfig>(&config))
    return makeDecoderCore(*decoder, weights);
  const auto& classic = std::get<ClassicConfig>(config);
  return makeClassicCore(classic, {baseScope(weights.base, {"decoder", classic.names.base}),
                                   weights.head, weights.languageModel});
}

void registerDecoders(Families& families) {
  for (const auto& type : decoderTypes()) families[type] = makeDecoder;
}

}  // namespace orrery::models::text
