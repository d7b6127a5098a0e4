#include "core/models/text/t5_parts.h"

#include <cmath>

namespace orrery::models::text {

using nn::Linear;

T5Parts::T5Parts(const nn::Weights& base, const nn::Weights& root, const T5Config& c, Holds holds)
    : config_(c),
      shared_(base / "shared", c.vocab, c.hidden),
      encoder_(base / "encoder", c, false) {
  for (const char* copy : {"encoder.embed_tokens.weight", "decoder.embed_tokens.weight"})
    base.ignore(copy);
  if (holds != Holds::kEncoder) decoder_.emplace(base / "decoder", c, true);
  if (holds != Holds::kBothWithHead) return;
  head_ = root.has("lm_head.weight")
              ? Linear(root / "lm_head", c.hidden, c.vocab, Linear::Bias::kNone)
              : shared_.tiedLinear();
}

at::Tensor T5Parts::decode(const at::Tensor& ids, const at::Tensor& encoded,
                           const at::Tensor& attentionMask, const nn::Step& step) const {
  return decoder_->decode(shared_(ids), decoder_->crossCache(encoded),
                          nn::paddingMask(attentionMask), step);
}

at::Tensor T5Parts::hiddenBeside(const CrossCache& cross, const at::Tensor& embeddings,
                                 const nn::Step& step) const {
  return decoder_->decode(embeddings, cross, {}, step);
}

CrossCache T5Parts::crossCache(const at::Tensor& encoded) const {
  return decoder_->crossCache(encoded);
}

at::Tensor T5Parts::head(const at::Tensor& hidden) const {
  if (!config_.scaleOutputs) return head_(hidden);
  return head_(hidden * (1 / std::sqrt(static_cast<double>(config_.hidden))));
}

nn::SequenceCache T5Parts::newCache() const {
  return {std::vector<nn::LayerCache>(static_cast<std::size_t>(config_.decoderLayers))};
}

}  // namespace orrery::models::text
