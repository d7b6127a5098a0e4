#pragma once

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "core/base/json.h"
#include "core/generation/stopping.h"
#include "core/generation/token_report.h"

namespace orrery::generation {

/// One answer.
struct GeneratedSequence {
  std::vector<TokenId> ids;  ///< new tokens, without the prompt and without padding
  /// Beams: the reference's sequence score (length penalty included). Else the sum of the tokens'
  /// log-probabilities after all processors.
  double score = 0;
  FinishReason finishReason = FinishReason::kLength;
  std::vector<TokenRecord> tokens;  ///< one for each id
};

struct GenerationTimings {
  double loadSeconds = 0;
  int prefillTokens = 0;
  double prefillSeconds = 0;
  int decodeTokens = 0;  ///< new tokens of all rows after those that the prefill gave
  double decodeSeconds = 0;
};

using TextOf = std::function<std::string(std::span<const TokenId>)>;

struct GenerationResult {
  std::vector<TokenId> promptIds;
  std::vector<GeneratedSequence> sequences;
  std::map<std::string, double> stats;  ///< what the strategy counts
  GenerationTimings timings;

  /// The document of `orrery-cli generate --json`. `textOf` decodes ids, a single one too; where it
  /// is empty, there is no "text".
  Json toJson(const TextOf& textOf) const;
};

}  // namespace orrery::generation
