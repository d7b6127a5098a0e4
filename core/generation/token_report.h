#pragma once

#include <functional>
#include <span>
#include <string_view>
#include <vector>

#include "core/generation/numerics.h"
#include "core/generation/session.h"

namespace orrery::generation {

/// A token that could have come, and how likely that was.
struct Alternative {
  TokenId id = 0;
  float logprob = 0;
  bool operator==(const Alternative&) const = default;
};

/// What a distribution says about the token that was chosen from it.
struct TokenDistribution {
  float logprob = 0;             ///< of the chosen token; minus infinity if it was removed
  float entropy = 0;             ///< in nats
  std::vector<Alternative> top;  ///< the likeliest tokens, best first
};

/// How a token came to be. Strategies that draft add to this.
enum class Provenance { kGreedy, kSampled, kBeam, kDrafted, kAccepted, kForced };
std::string_view provenanceName(Provenance provenance);

/// One chosen token with the model's own distribution and the one after all processors.
struct TokenRecord {
  TokenId id = 0;
  Provenance provenance = Provenance::kGreedy;
  TokenDistribution model;
  TokenDistribution processed;
};

/// A token, reported as soon as it is chosen.
///
/// Without beams `row` is the sequence's number in the result and `parent` equals it. With beams
/// `row` is the beam's place after this step and `parent` its place before, so that a listener can
/// keep the tree; the result's sequences are known only at the end.
struct TokenEvent {
  int step = 0;  ///< new tokens of the row before this one
  int row = 0;
  int parent = 0;
  bool finished = false;  ///< the row ends here
  double score = 0;       ///< sum of the row's log-probabilities, of the beam's accumulated score
  const TokenRecord& token;
  /// What the token was chosen by, after all processors, during the call; empty with beams.
  std::span<const float> scores = {};
};

using TokenCallback = std::function<void(const TokenEvent&)>;

/// A distribution summed up once per row and step; describes as many chosen tokens as are asked
/// for.
class DistributionReport {
 public:
  /// Keeps a reference to `scores`. `top` is the number of alternatives.
  DistributionReport(std::span<const float> scores, int top);
  /// With what softmaxStats() says of the scores.
  DistributionReport(std::span<const float> scores, const SoftmaxStats& stats, int top);

  TokenDistribution describe(TokenId chosen) const;

 private:
  std::span<const float> scores_;
  double logSum_;
  float entropy_;
  std::vector<Alternative> top_;
};

}  // namespace orrery::generation
