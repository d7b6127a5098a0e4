#include "core/generation/token_report.h"

#include "core/base/error.h"
#include "core/generation/numerics.h"

namespace orrery::generation {

std::string_view provenanceName(Provenance provenance) {
  switch (provenance) {
    case Provenance::kGreedy:
      return "greedy";
    case Provenance::kSampled:
      return "sampled";
    case Provenance::kBeam:
      return "beam";
    case Provenance::kDrafted:
      return "drafted";
    case Provenance::kAccepted:
      return "accepted";
    case Provenance::kForced:
      return "forced";
  }
  throw Error(ErrorKind::kInternal, "a provenance has no name");
}

DistributionReport::DistributionReport(std::span<const float> scores, int top)
    : DistributionReport(scores, softmaxStats(scores), top) {}

DistributionReport::DistributionReport(std::span<const float> scores, const SoftmaxStats& stats,
                                       int top)
    : scores_(scores), logSum_(stats.logSum()), entropy_(static_cast<float>(stats.entropy)) {
  for (const ScoredToken& token : topTokens(scores, static_cast<std::size_t>(top)))
    top_.push_back({token.id, static_cast<float>(token.score - logSum_)});
}

TokenDistribution DistributionReport::describe(TokenId chosen) const {
  const float score = scores_[static_cast<std::size_t>(chosen)];
  return {static_cast<float>(score - logSum_), entropy_, top_};
}

}  // namespace orrery::generation
