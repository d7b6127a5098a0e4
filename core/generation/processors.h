#pragma once

// One function for each processor, for makeLogitsProcessors(). What each does is said in the table
// of generation_fields.cpp; `keep` is the number of tokens a filter must leave.

#include <optional>

#include "core/generation/logits_processor.h"

namespace orrery::generation {

using ProcessorPtr = std::unique_ptr<LogitsProcessor>;

/// How a model that hears writes times between its text (Whisper): tokens above `noTimestamps`, one
/// for each step of time.
struct TimestampRules {
  TokenId noTimestamps = 0;          ///< the last token before those of times; never written itself
  TokenId endOfText = 0;             ///< text lies below it
  std::optional<int> latestFirst{};  ///< steps that the first time is at most; empty: any
};

// processors_history.cpp
ProcessorPtr makeRepetitionPenalty(double penalty);
ProcessorPtr makeEncoderRepetitionPenalty(double penalty, std::vector<TokenId> inputIds);
ProcessorPtr makeNoRepeatNgram(int size);
ProcessorPtr makeEncoderNoRepeatNgram(int size, std::vector<TokenId> inputIds);
ProcessorPtr makeSequenceBias(std::vector<SequenceBias> biases, int vocabSize);
ProcessorPtr makeBadWords(std::vector<std::vector<TokenId>> words, const std::vector<TokenId>& eos,
                          int vocabSize);

// processors_constraints.cpp
ProcessorPtr makeMinLength(std::string_view name, int length, std::vector<TokenId> eos);
ProcessorPtr makeForcedToken(std::string_view name, int length, std::vector<TokenId> tokens);
ProcessorPtr makeRemoveInvalidValues();
ProcessorPtr makeDecayPenalty(DecayPenalty penalty, std::vector<TokenId> eos, int promptLength);
ProcessorPtr makeSuppressTokens(std::vector<TokenId> tokens);
ProcessorPtr makeBeginSuppressTokens(std::vector<TokenId> tokens, int length);
ProcessorPtr makeRenormalize();

// processors_timestamps.cpp
ProcessorPtr makeTimestamps(const TimestampRules& rules, std::size_t promptLength);

// processors_filters.cpp
ProcessorPtr makeTemperature(double temperature);
ProcessorPtr makeTopH(double topH);
ProcessorPtr makeTopK(int k, int keep);
ProcessorPtr makeTopP(double p, int keep);
ProcessorPtr makeMinP(double p, int keep);
ProcessorPtr makeTypicalP(double mass, int keep);
ProcessorPtr makeEpsilonCutoff(double epsilon, int keep);
ProcessorPtr makeEtaCutoff(double epsilon, int keep);

/// A processor from a name and a function of (ids, scores).
template <class Function>
ProcessorPtr processorOf(std::string_view name, Function function) {
  class Wrapped final : public LogitsProcessor {
   public:
    Wrapped(std::string_view name, Function function)
        : name_(name), function_(std::move(function)) {}
    std::string_view name() const override { return name_; }
    void process(std::span<const TokenId> ids, std::span<float> scores) const override {
      function_(ids, scores);
    }

   private:
    std::string_view name_;
    Function function_;
  };
  return std::make_unique<Wrapped>(name, std::move(function));
}

}  // namespace orrery::generation
