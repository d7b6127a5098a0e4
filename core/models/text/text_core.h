#pragma once

#include "core/models/text/cross_decoder.h"
#include "core/models/text/text_config.h"
#include "core/nn/weights.h"

namespace orrery::models::text {

/// Where a decoder's weights lie, and whether it has the output layer that writes text.
struct CoreWeights {
  nn::Weights base;  ///< holds embed_tokens, layers, norm (or the names of a classic decoder)
  nn::Weights head;  ///< holds lm_head
  bool languageModel = false;
};

std::unique_ptr<CausalCore> makeDecoderCore(const DecoderConfig& config,
                                            const CoreWeights& weights);
std::unique_ptr<CrossDecoder> makeClassicCore(const ClassicConfig& config,
                                              const CoreWeights& weights);

/// The decoder that `config` describes.
std::unique_ptr<CausalCore> makeTextCore(const TextConfig& config, const CoreWeights& weights);

}  // namespace orrery::models::text
