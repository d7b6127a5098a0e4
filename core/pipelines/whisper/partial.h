#pragma once

#include <optional>
#include <span>
#include <string>

#include "core/generation/token_report.h"
#include "core/pipelines/pipeline.h"
#include "core/pipelines/whisper/segments.h"
#include "core/tokenizers/tokenizer.h"

namespace orrery::pipelines {

/// Tells a listener what is recognised, while it is (PROTOCOL.md: pipeline/partial).
class PartialTranscript {
 public:
  /// `firstTime`: the token of time 0; above it are times. Tells nobody if `listener` is empty.
  PartialTranscript(const PartialCallback& listener, const tokenizers::Tokenizer& tokenizer,
                    TokenId firstTime)
      : listener_(listener), tokenizer_(tokenizer), firstTime_(firstTime) {}

  bool isHeard() const { return static_cast<bool>(listener_); }
  /// The name of the language, once it is known.
  void setLanguage(std::optional<std::string> language) { language_ = std::move(language); }

  /// What of the window from `start` (seconds) on is written so far; it may change.
  void tellDraft(double start, std::span<const generation::TokenRecord> written) const;
  /// What is settled: `segments`, and that no more comes before `until`.
  void tellSettled(std::span<const SpeechSegment> segments, double until) const;

 private:
  /// The words of tokens, each of which has a record; `times` may be empty.
  OrderedJson words(std::span<const generation::TokenRecord> records, std::span<const TokenId> ids,
                    std::span<const float> times) const;

  const PartialCallback& listener_;
  const tokenizers::Tokenizer& tokenizer_;
  TokenId firstTime_;
  std::optional<std::string> language_;
};

}  // namespace orrery::pipelines
