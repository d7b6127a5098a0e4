#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "core/generation/strategy.h"

namespace orrery::generation {

struct GenerationInput {
  /// Decoder-only: the prompt. Encoder-decoder: the beginning of the answer, usually empty.
  std::vector<TokenId> promptIds;
  std::vector<TokenId> encoderIds;         ///< input of the encoder
  std::vector<TokenId> negativePromptIds;  ///< for guidance_scale; empty: the prompt's last token
};

struct GenerationOptions {
  std::string strategy;    ///< a name of strategies(); empty: what the configuration asks for
  std::uint64_t seed = 0;  ///< the same seed gives the same ids
  int top = 0;             ///< alternatives to report with each token
  TokenBytes tokenBytes;   ///< needed for stop_strings
  TokenCallback onToken;   ///< called on the calling thread
  SharedProcessors processors = {};  ///< beside those that the configuration asks for
  CancelToken cancel;
};

/// Generates from a prompt, as transformers' generate() does for a batch of one. Throws an Error
/// for an invalid configuration or prompt, and of kind kCancelled within one step of a
/// cancellation.
///
///     GenerationResult result = generate(factory, {.promptIds = ids}, config, {.seed = 7});
GenerationResult generate(SessionFactory& factory, const GenerationInput& input,
                          const GenerationConfig& config, const GenerationOptions& options = {});

/// The greatest number of tokens of a row, prompt included, as the configuration sets it: 20 new
/// tokens by default, but no more than the context. An Error if there is no room for a new token.
int greatestLength(const GenerationConfig& config, int promptLength, int contextLength);

}  // namespace orrery::generation
