#pragma once

#include <span>
#include <string>

#include "core/tokenizers/models/model.h"

namespace orrery::tokenizers {

/// The merges of a byte pair encoding whose file has none: every pair of tokens that makes a token.
/// With `scores` (one a token, finite) the best token comes first, else the first in the list; of
/// one token's pairs, those with the longest left part come first with scores, else last.
/// An Error if a token is too long to have come from a real vocabulary.
Merges impliedMerges(std::span<const std::string> tokens, const Vocabulary& vocabulary,
                     std::span<const double> scores = {});

}  // namespace orrery::tokenizers
