#include "core/pipelines/answer_spans.h"

#include <algorithm>
#include <cmath>
#include <optional>

namespace orrery::pipelines {
namespace {

using tokenizers::Encoding;
using tokenizers::Offsets;

/// Softmax over the allowed tokens; the others count as -10000.
std::vector<float> probabilities(std::span<const float> logits, const std::vector<bool>& allowed) {
  constexpr float kForbidden = -10000;
  std::vector<float> result(logits.size());
  for (std::size_t i = 0; i < logits.size(); ++i) result[i] = allowed[i] ? logits[i] : kForbidden;
  const float largest = *std::max_element(result.begin(), result.end());
  float sum = 0;
  for (float& value : result) sum += value = std::exp(value - largest);
  for (float& value : result) value /= sum;
  return result;
}

/// Characters of the word that token `at` is of; nothing for a token that is of none.
std::optional<Offsets> wordOf(const Encoding& encoding, std::size_t at, int sequence) {
  const std::int32_t word = encoding.words[at];
  std::optional<Offsets> result;
  if (word < 0) return result;
  for (std::size_t i = 0; i < encoding.size(); ++i) {
    if (encoding.sequenceIds[i] != sequence || encoding.words[i] != word) continue;
    if (!result) result = encoding.offsets[i];
    result->end = encoding.offsets[i].end;
  }
  return result;
}

}  // namespace

SpanScores bestSpans(std::span<const float> start, std::span<const float> end,
                     const std::vector<bool>& allowed, const SpanSearch& search) {
  std::vector<float> starts = probabilities(start, allowed), ends = probabilities(end, allowed);
  SpanScores result;
  result.none = static_cast<double>(starts[0] * ends[0]);
  starts[0] = ends[0] = 0;
  for (std::size_t first = 0; first < starts.size(); ++first)
    for (std::size_t last = first; last < std::min(starts.size(), first + search.maxTokens); ++last)
      result.spans.push_back({first, last, starts[first] * ends[last]});
  const auto kept = std::min(result.spans.size(), search.count);
  std::partial_sort(result.spans.begin(), result.spans.begin() + static_cast<std::ptrdiff_t>(kept),
                    result.spans.end(),
                    [](const AnswerSpan& a, const AnswerSpan& b) { return a.score > b.score; });
  result.spans.resize(kept);
  // Only now: what is no answer took a place among the best.
  std::erase_if(result.spans,
                [&](const AnswerSpan& s) { return !allowed[s.first] || !allowed[s.last]; });
  return result;
}

Offsets charactersOf(const Encoding& encoding, const AnswerSpan& span, int sequence,
                     bool alignToWords) {
  if (alignToWords) {
    const auto first = wordOf(encoding, span.first, sequence);
    const auto last = wordOf(encoding, span.last, sequence);
    if (first && last) return {first->begin, last->end};
  }
  return {encoding.offsets[span.first].begin, encoding.offsets[span.last].end};
}

}  // namespace orrery::pipelines
