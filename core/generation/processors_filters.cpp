// Processors that cut the tail of the distribution before a token is drawn.

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "core/generation/numerics.h"
#include "core/generation/processors.h"

namespace orrery::generation {
namespace {

constexpr float kNone = -std::numeric_limits<float>::infinity();

float keepThreshold(std::span<const float> scores, int keep) {
  return kthLargest(scores, std::min(static_cast<std::size_t>(keep), scores.size()));
}

/// Removes what scores below `cut`, but none of the `keep` best.
void removeBelow(std::span<float> scores, float cut, int keep) {
  const float kept = std::min(cut, keepThreshold(scores, keep));
  for (float& score : scores)
    if (score < kept) score = kNone;
}

/// The score of a token whose probability is `probability`.
float scoreOf(const SoftmaxStats& stats, double probability) {
  return static_cast<float>(std::log(probability) + stats.logSum());
}

/// Sums that decide where a tail is cut are taken in double: they may differ from the limit by less
/// than a float's rounding.
double exactExp(float score, float offset) {
  return std::exp(static_cast<double>(score) - offset);
}
double sumOfExp(std::span<const float> scores, float offset) {
  std::vector<float> values(scores.size());
  expShifted(scores, offset, values);
  return std::accumulate(values.begin(), values.end(), 0.0);
}

void topP(std::span<float> scores, double p, std::size_t keep) {
  const SoftmaxStats stats = softmaxStats(scores);
  // Tokens below this share of 1 - p go whatever their order, so only the others need sorting.
  const double negligible = (1 - p) / static_cast<double>(scores.size());
  const float cut =
      std::min(scoreOf(stats, negligible), keepThreshold(scores, static_cast<int>(keep)));
  std::vector<ScoredToken> candidates;
  for (std::size_t i = 0; i < scores.size(); ++i)
    if (scores[i] >= cut && scores[i] != kNone)
      candidates.push_back({static_cast<TokenId>(i), scores[i]});
  // Of equal scores the higher id is kept, as a stable ascending sort leaves it.
  std::ranges::sort(candidates, [](const ScoredToken& a, const ScoredToken& b) {
    return a.score != b.score ? a.score > b.score : a.id > b.id;
  });
  double left = p * sumOfExp(scores, stats.maximum);
  std::size_t kept = 0;
  for (; kept < candidates.size() && (kept < keep || left > 0); ++kept)
    left -= exactExp(candidates[kept].score, stats.maximum);
  std::ranges::fill(scores, kNone);
  for (const ScoredToken& token : std::span(candidates).first(kept))
    scores[static_cast<std::size_t>(token.id)] = token.score;
}

void topH(std::span<float> scores, double share) {
  constexpr std::size_t kMost = 100;
  const std::vector<ScoredToken> best = topTokens(scores, kMost);
  std::vector<float> values;
  for (const ScoredToken& token : best) values.push_back(token.score);
  const SoftmaxStats stats = softmaxStats(values);
  const double limit = stats.entropy * share;
  std::ranges::fill(scores, kNone);
  double entropy = 0;
  for (std::size_t i = 0; i < best.size(); ++i) {
    entropy -= stats.probability(values[i]) * stats.logProbability(values[i]);
    if (i > 0 && entropy > limit) break;
    scores[static_cast<std::size_t>(best[i].id)] = best[i].score;
  }
}

struct Surprise {
  float distance;  ///< of the token's information from the entropy
  TokenId id;
};

/// Sorts `items` from `begin` on, just so far that the next chunk is final; returns the chunk's
/// end.
std::size_t sortNextChunk(std::vector<Surprise>& items, std::size_t begin) {
  const auto closer = [](const Surprise& a, const Surprise& b) {
    return a.distance != b.distance ? a.distance < b.distance : a.id < b.id;
  };
  const std::size_t end = std::min(items.size(), std::max<std::size_t>(256, begin * 4));
  const auto at = [&](std::size_t i) { return items.begin() + static_cast<std::ptrdiff_t>(i); };
  if (end < items.size()) std::nth_element(at(begin), at(end), items.end(), closer);
  std::sort(at(begin), at(end), closer);
  return end;
}

void typicalP(std::span<float> scores, double mass, std::size_t keep) {
  const SoftmaxStats stats = softmaxStats(scores);
  std::vector<Surprise> items;
  for (std::size_t i = 0; i < scores.size(); ++i)
    if (scores[i] != kNone)
      items.push_back(
          {static_cast<float>(std::abs(-stats.logProbability(scores[i]) - stats.entropy)),
           static_cast<TokenId>(i)});
  double left = mass * sumOfExp(scores, stats.maximum);
  std::size_t last = 0, sorted = 0;
  for (; last < items.size(); ++last) {
    if (last == sorted) sorted = sortNextChunk(items, sorted);
    left -= exactExp(scores[static_cast<std::size_t>(items[last].id)], stats.maximum);
    if (left <= 0) break;
  }
  if (last == items.size()) return;
  const float limit = items[last].distance;
  while (sorted < std::min(keep, items.size())) sorted = sortNextChunk(items, sorted);
  for (std::size_t i = keep; i < items.size(); ++i)
    if (items[i].distance > limit) scores[static_cast<std::size_t>(items[i].id)] = kNone;
}

}  // namespace

ProcessorPtr makeTemperature(double temperature) {
  return processorOf("temperature", [divisor = static_cast<float>(temperature)](
                                        std::span<const TokenId>, std::span<float> scores) {
    for (float& score : scores) score /= divisor;
  });
}

ProcessorPtr makeTopH(double share) {
  return processorOf(
      "top_h", [share](std::span<const TokenId>, std::span<float> scores) { topH(scores, share); });
}

ProcessorPtr makeTopK(int k, int keep) {
  return processorOf("top_k",
                     [k = std::max(k, keep)](std::span<const TokenId>, std::span<float> scores) {
                       removeBelow(scores, std::numeric_limits<float>::infinity(), k);
                     });
}

ProcessorPtr makeTopP(double p, int keep) {
  return processorOf("top_p", [p, keep](std::span<const TokenId>, std::span<float> scores) {
    topP(scores, p, static_cast<std::size_t>(keep));
  });
}

ProcessorPtr makeMinP(double p, int keep) {
  return processorOf("min_p", [p, keep](std::span<const TokenId>, std::span<float> scores) {
    removeBelow(scores,
                scores[static_cast<std::size_t>(argmax(scores))] + static_cast<float>(std::log(p)),
                keep);
  });
}

ProcessorPtr makeTypicalP(double mass, int keep) {
  return processorOf("typical_p", [mass, keep](std::span<const TokenId>, std::span<float> scores) {
    typicalP(scores, mass, static_cast<std::size_t>(keep));
  });
}

ProcessorPtr makeEpsilonCutoff(double epsilon, int keep) {
  return processorOf("epsilon_cutoff",
                     [epsilon, keep](std::span<const TokenId>, std::span<float> scores) {
                       removeBelow(scores, scoreOf(softmaxStats(scores), epsilon), keep);
                     });
}

ProcessorPtr makeEtaCutoff(double epsilon, int keep) {
  return processorOf(
      "eta_cutoff", [epsilon, keep](std::span<const TokenId>, std::span<float> scores) {
        const SoftmaxStats stats = softmaxStats(scores);
        const double eta = std::min(epsilon, std::sqrt(epsilon) * std::exp(-stats.entropy));
        removeBelow(scores, scoreOf(stats, eta), keep);
      });
}

}  // namespace orrery::generation
