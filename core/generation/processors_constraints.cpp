// Processors that force, forbid or favour single tokens.

#include <algorithm>
#include <cmath>
#include <limits>

#include "core/generation/numerics.h"
#include "core/generation/processors.h"

namespace orrery::generation {
namespace {

constexpr float kNone = -std::numeric_limits<float>::infinity();

/// Applies `change` to the score of each of `tokens` that the vocabulary has.
template <class Change>
void forTokens(std::span<const TokenId> tokens, std::span<float> scores, Change change) {
  for (const TokenId id : tokens)
    if (id >= 0 && static_cast<std::size_t>(id) < scores.size())
      change(scores[static_cast<std::size_t>(id)]);
}

void remove(std::span<const TokenId> tokens, std::span<float> scores) {
  forTokens(tokens, scores, [](float& score) { score = kNone; });
}

}  // namespace

ProcessorPtr makeMinLength(std::string_view name, int length, std::vector<TokenId> eos) {
  return processorOf(name, [length = static_cast<std::size_t>(length), eos = std::move(eos)](
                               std::span<const TokenId> ids, std::span<float> scores) {
    if (ids.size() < length) remove(eos, scores);
  });
}

ProcessorPtr makeForcedToken(std::string_view name, int length, std::vector<TokenId> tokens) {
  return processorOf(name, [length = static_cast<std::size_t>(length), tokens = std::move(tokens)](
                               std::span<const TokenId> ids, std::span<float> scores) {
    if (ids.size() != length) return;
    std::ranges::fill(scores, kNone);
    forTokens(tokens, scores, [](float& score) { score = 0; });
  });
}

ProcessorPtr makeRemoveInvalidValues() {
  return processorOf("remove_invalid_values",
                     [](std::span<const TokenId>, std::span<float> scores) {
                       constexpr float kLargest = std::numeric_limits<float>::max();
                       for (float& score : scores)
                         score = std::isnan(score) ? 0.0f : std::clamp(score, -kLargest, kLargest);
                     });
}

ProcessorPtr makeDecayPenalty(DecayPenalty penalty, std::vector<TokenId> eos, int promptLength) {
  const int start = penalty.start + promptLength;
  return processorOf("exponential_decay_length_penalty",
                     [start, factor = penalty.factor, eos = std::move(eos)](
                         std::span<const TokenId> ids, std::span<float> scores) {
                       const int beyond = static_cast<int>(ids.size()) - start;
                       if (beyond <= 0) return;
                       const auto growth = static_cast<float>(std::pow(factor, beyond) - 1);
                       forTokens(eos, scores, [&](float& score) {
                         // An end token that is forbidden stays so: infinity minus infinity would
                         // be no number.
                         if (score != kNone) score += std::abs(score) * growth;
                       });
                     });
}

ProcessorPtr makeSuppressTokens(std::vector<TokenId> tokens) {
  return processorOf("suppress_tokens", [tokens = std::move(tokens)](std::span<const TokenId>,
                                                                     std::span<float> scores) {
    remove(tokens, scores);
  });
}

ProcessorPtr makeBeginSuppressTokens(std::vector<TokenId> tokens, int length) {
  return processorOf("begin_suppress_tokens",
                     [length = static_cast<std::size_t>(length), tokens = std::move(tokens)](
                         std::span<const TokenId> ids, std::span<float> scores) {
                       if (ids.size() == length) remove(tokens, scores);
                     });
}

ProcessorPtr makeRenormalize() {
  return processorOf("renormalize_logits",
                     [](std::span<const TokenId>, std::span<float> scores) { logSoftmax(scores); });
}

}  // namespace orrery::generation
