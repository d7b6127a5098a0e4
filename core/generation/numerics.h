#pragma once

#include <span>
#include <vector>

#include "core/generation/session.h"

/// Arithmetic on one row of scores, fast on vocabularies of hundreds of thousands of tokens. A
/// score of minus infinity means "cannot be chosen".
namespace orrery::generation {

/// e to the power of each x - `offset`, for results of at most a few: accurate to 2e-7 of the
/// value, 0 below e^-87. `out` has the size of `scores` and may be the same memory.
void expShifted(std::span<const float> scores, float offset, std::span<float> out);

/// What softmax needs to know about a row: probability of x is exp(x - logSum()).
struct SoftmaxStats {
  float maximum = 0;
  double sum = 0;      ///< of exp(score - maximum)
  double entropy = 0;  ///< of the distribution, in nats

  double logSum() const;
  double logProbability(float score) const { return score - logSum(); }
  double probability(float score) const;
};

/// Throws an Error if a score is NaN or plus infinity, or no score is finite.
SoftmaxStats softmaxStats(std::span<const float> scores);

/// Replaces scores by log-probabilities; returns what they were.
SoftmaxStats logSoftmax(std::span<float> scores);

/// The k-th largest value, 1 <= k <= scores.size().
float kthLargest(std::span<const float> scores, std::size_t k);

struct ScoredToken {
  TokenId id = 0;
  float score = 0;
  bool operator==(const ScoredToken&) const = default;
};

/// The k best tokens, best first; of equal scores the lower id first. Fewer if fewer are not minus
/// infinity.
std::vector<ScoredToken> topTokens(std::span<const float> scores, std::size_t k);

/// Index of the largest score, the first of equals.
TokenId argmax(std::span<const float> scores);

}  // namespace orrery::generation
