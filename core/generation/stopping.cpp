#include "core/generation/stopping.h"

#include <algorithm>

#include "core/base/error.h"

namespace orrery::generation {

std::string_view finishReasonName(FinishReason reason) {
  switch (reason) {
    case FinishReason::kStop:
      return "stop";
    case FinishReason::kStopString:
      return "stop_string";
    case FinishReason::kLength:
      return "length";
    case FinishReason::kTime:
      return "time";
  }
  throw Error(ErrorKind::kInternal, "a finish reason has no name");
}

StopStrings::StopStrings(std::vector<std::string> texts, TokenBytes tokenBytes)
    : texts_(std::move(texts)), tokenBytes_(std::move(tokenBytes)) {
  for (const std::string& text : texts_) longest_ = std::max(longest_, text.size());
}

bool StopStrings::matches(std::span<const TokenId> ids) const {
  if (ids.empty()) return false;
  const std::string last = tokenBytes_(ids.back());
  if (last.empty()) return false;
  std::string before;
  for (std::size_t i = ids.size() - 1; i-- > 0 && before.size() + 1 < longest_;)
    before.insert(0, tokenBytes_(ids[i]));
  const std::string tail = before + last;
  return std::ranges::any_of(texts_, [&](const std::string& text) {
    // A match must end within the last token; one that ended before would have stopped already.
    const std::size_t earliest =
        before.size() + 1 >= text.size() ? before.size() + 1 - text.size() : 0;
    return tail.find(text, earliest) != tail.npos;
  });
}

StoppingCriteria::StoppingCriteria(const GenerationConfig& config, int maxLength,
                                   TokenBytes tokenBytes, Clock::time_point now)
    : eos_(config.eosTokenId), maxLength_(static_cast<std::size_t>(maxLength)) {
  if (config.maxTime)
    deadline_ = now + std::chrono::duration_cast<Clock::duration>(
                          std::chrono::duration<double>(std::min(*config.maxTime, 1e9)));
  if (config.stopStrings.empty()) return;
  if (!tokenBytes)
    throw Error(ErrorKind::kInvalidInput, "expected a model with a tokenizer, found none")
        .in("stop_strings");
  stopStrings_.emplace(config.stopStrings, std::move(tokenBytes));
}

std::optional<FinishReason> StoppingCriteria::check(std::span<const TokenId> ids,
                                                    Clock::time_point now) const {
  if (!ids.empty() && std::ranges::find(eos_, ids.back()) != eos_.end()) return FinishReason::kStop;
  if (stopStrings_ && stopStrings_->matches(ids)) return FinishReason::kStopString;
  if (ids.size() >= maxLength_) return FinishReason::kLength;
  if (deadline_ && now > *deadline_) return FinishReason::kTime;
  return std::nullopt;
}

}  // namespace orrery::generation
