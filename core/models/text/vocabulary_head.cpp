#include "core/models/text/vocabulary_head.h"

namespace orrery::models::text {

using nn::Linear;
using Bias = Linear::Bias;

VocabularyHead::VocabularyHead(const nn::Weights& root, const EncoderConfig& c,
                               const Encoder& encoder)
    : transform_(root / c.names.transform, c.hidden, c.embeddingDim, Bias::kRequired),
      norm_(root / c.names.transformNorm, c.embeddingDim, c.normEps),
      activation_(nn::activation(c.headActivation)) {
  const std::string decoder = c.names.decoder;
  // The decoder's own bias counts where a file has both.
  const bool own = root.has(decoder + ".bias");
  const at::Tensor bias = root.tensor(own ? decoder + ".bias" : c.names.decoderBias, {c.vocab});
  decoder_ = c.tied ? encoder.wordEmbeddings().tiedLinear(bias)
                    : Linear(root.view(decoder + ".weight", {c.vocab, c.embeddingDim}), bias,
                             root.precision());
}

at::Tensor VocabularyHead::operator()(const at::Tensor& x) const {
  return decoder_(norm_(activation_(transform_(x))));
}

}  // namespace orrery::models::text
