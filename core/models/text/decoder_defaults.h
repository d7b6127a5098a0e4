#pragma once

#include <cstdint>
#include <string>

namespace orrery::models::text {

/// What transformers takes for a size that a config does not state; 0: it has to state it, or the
/// size follows from others (headDim, kvHeads), or there is none (window).
struct DecoderDefaults {
  std::int64_t hidden = 0, ffn = 0, layers = 0, heads = 0, kvHeads = 0, headDim = 0, vocab = 0;
  std::int64_t maxPositions = 0, window = 0;
  double normEps = 1e-6;
};

/// Those of one type, as its configuration class has them; none for a type whose files state all.
DecoderDefaults decoderDefaults(const std::string& modelType);

}  // namespace orrery::models::text
