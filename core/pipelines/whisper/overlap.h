#pragma once

#include <utility>
#include <vector>

#include "core/generation/session.h"

namespace orrery::pipelines {

/// Tokens with when each begins and ends; `times` is empty where nobody asked.
struct TimedTokens {
  std::vector<generation::TokenId> ids;
  std::vector<std::pair<double, double>> times;
};

/// One sequence of several that overlap in order: where most tokens of two agree, the first half of
/// what they share is taken from the left one and the rest from the right one.
TimedTokens joinedOverlaps(const std::vector<TimedTokens>& sequences);

}  // namespace orrery::pipelines
