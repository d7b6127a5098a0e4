#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "core/pipelines/result.h"
#include "core/pipelines/whisper/settings.h"
#include "core/tokenizers/tokenizer.h"

namespace orrery::pipelines {

/// What one call of generate() wrote: a whole sound, or one of overlapping chunks.
struct HeardTokens {
  /// Seconds of a chunk, and how much of it overlaps with the chunks around it.
  struct Stride {
    double length = 0, left = 0, right = 0;
  };

  std::vector<TokenId> ids;
  std::vector<float>
      times;  ///< when each is said, from the start of the chunk; empty: not asked for
  std::optional<TokenId> language;
  std::optional<Stride> stride;
};

/// What a transcript shall tell.
struct TranscriptForm {
  enum class Times { kNone, kSegments, kWords };
  Times times = Times::kNone;
  bool language = false;
  double timePrecision = 0.02;  ///< seconds of a time token
};

/// Tokens as text and pieces of it, those of overlapping chunks brought together, as transformers'
/// tokenizer of Whisper does it for its pipeline.
Transcript transcriptOf(const std::vector<HeardTokens>& heard,
                        const tokenizers::Tokenizer& tokenizer, const TranscriptForm& form);

}  // namespace orrery::pipelines
