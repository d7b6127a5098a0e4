#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "core/generation/generation_config.h"

namespace orrery::generation {

/// Why a sequence ended; the contract's finish_reason is its name: "stop" (an end token),
/// "stop_string", "length", "time".
enum class FinishReason { kStop, kStopString, kLength, kTime };
std::string_view finishReasonName(FinishReason reason);

/// The bytes a token stands for within a text: what a decoder adds for it when other text precedes.
/// May be part of a UTF-8 character.
using TokenBytes = std::function<std::string(TokenId)>;

/// When the last token completes, or contains the end of, one of some texts, across token borders.
class StopStrings {
 public:
  StopStrings(std::vector<std::string> texts, TokenBytes tokenBytes);
  bool matches(std::span<const TokenId> ids) const;

 private:
  std::vector<std::string> texts_;
  TokenBytes tokenBytes_;
  std::size_t longest_ = 0;
};

/// All stopping criteria of a configuration; the clock of max_time starts when it is made.
class StoppingCriteria {
 public:
  using Clock = std::chrono::steady_clock;

  /// `maxLength` is the greatest number of tokens of a row, prompt included. `tokenBytes` may be
  /// empty if there are no stop_strings; else that is an Error.
  StoppingCriteria(const GenerationConfig& config, int maxLength, TokenBytes tokenBytes,
                   Clock::time_point now = Clock::now());

  /// Whether a row that just got its last token ends with it.
  std::optional<FinishReason> check(std::span<const TokenId> ids,
                                    Clock::time_point now = Clock::now()) const;

 private:
  std::vector<TokenId> eos_;
  std::size_t maxLength_;
  std::optional<Clock::time_point> deadline_;
  std::optional<StopStrings> stopStrings_;
};

}  // namespace orrery::generation
