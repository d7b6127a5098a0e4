#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "core/base/cancel.h"
#include "core/generation/guidance.h"
#include "core/generation/logits_processor.h"
#include "core/generation/result.h"

namespace orrery::generation {

/// What a strategy works with: made by generate(), used by one strategy on one thread. The
/// session's only row holds the prompt, and its logits are ready.
struct Decoding {
  const GenerationConfig& config;
  const std::vector<TokenId>& promptIds;  ///< of the decoder
  int maxLength;                          ///< greatest length of a row, prompt included
  DecodingSession& session;
  Guidance* guidance;  ///< nullptr without guidance_scale
  const LogitsProcessors& processors;
  const StoppingCriteria& stopping;
  std::uint64_t seed;
  int top;  ///< alternatives to report with each token
  const TokenCallback& onToken;
  const CancelToken& cancel;
  GenerationResult& result;  ///< the strategy fills sequences, stats and timings.decodeTokens

  void report(const TokenEvent& event) const {
    if (onToken) onToken(event);
  }
  /// Keeps rows `order` of the session and of what runs beside it.
  void reorder(std::span<const int> order) const;
  /// Appends ids[row] to each row. Looks at `cancel` first.
  void step(std::span<const TokenId> ids) const;
};

/// A way to choose tokens. Looks at the cancel token before each step; throws what the session
/// throws.
class Strategy {
 public:
  virtual ~Strategy() = default;
  virtual void run(Decoding& decoding) = 0;
};

/// A strategy's entry in the registry.
struct StrategyInfo {
  std::string name;
  std::string description;                         ///< one sentence
  std::function<void(GenerationConfig&)> prepare;  ///< makes a configuration one for this strategy
  std::function<std::unique_ptr<Strategy>()> make;
};

/// Strategies by name. Plugins add theirs; reading from several threads is safe once all are added.
class StrategyRegistry {
 public:
  /// An Error if the name is taken.
  void add(StrategyInfo info);
  /// An Error that lists the names if there is none of this name.
  const StrategyInfo& find(std::string_view name) const;
  const std::vector<StrategyInfo>& all() const { return strategies_; }

 private:
  std::vector<StrategyInfo> strategies_;
};

/// The registry of this process, with "greedy", "sample", "beam_search" and "beam_sample".
StrategyRegistry& strategies();

/// The built-in strategy that transformers would take for `config`.
std::string_view strategyFor(const GenerationConfig& config);

// The built-in strategies.
std::unique_ptr<Strategy> makeRowStrategy();   ///< greedy and sampling: sampling_strategy.cpp
std::unique_ptr<Strategy> makeBeamStrategy();  ///< beam search and beam sampling: beam_strategy.cpp

}  // namespace orrery::generation
