#pragma once

#include <span>
#include <vector>

#include "core/tokenizers/encoding.h"

namespace orrery::pipelines {

/// A piece of an encoding that may be an answer.
struct AnswerSpan {
  std::size_t first = 0, last = 0;  ///< tokens, both of the answer
  float score = 0;                  ///< probability of the start times that of the end
};

/// What limits the search.
struct SpanSearch {
  std::size_t count = 1;       ///< spans to return
  std::size_t maxTokens = 15;  ///< of one span
};

/// The best spans, and the probability that the first token (no answer) is both start and end.
struct SpanScores {
  std::vector<AnswerSpan> spans;  ///< best first
  double none = 0;
};

/// `start` and `end` are the model's numbers for each token, `allowed` says which tokens an answer
/// may begin and end with.
SpanScores bestSpans(std::span<const float> start, std::span<const float> end,
                     const std::vector<bool>& allowed, const SpanSearch& search);

/// The characters from the first to the last token of `span`; with `alignToWords` from the
/// beginning of the first one's word to the end of the last one's, as far as they are in text
/// `sequence` of this encoding.
tokenizers::Offsets charactersOf(const tokenizers::Encoding& encoding, const AnswerSpan& span,
                                 int sequence, bool alignToWords);

}  // namespace orrery::pipelines
