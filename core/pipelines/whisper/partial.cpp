#include "core/pipelines/whisper/partial.h"

#include <cmath>

#include "core/pipelines/whisper/words.h"

namespace orrery::pipelines {
namespace {

using generation::TokenRecord;

/// Alternatives that are hardly worth a look.
constexpr double kLeastProbability = 0.01;

double probabilityOf(std::span<const TokenRecord> records) {
  double sum = 0;
  for (const TokenRecord& record : records) sum += std::exp(record.model.logprob);
  return sum / static_cast<double>(records.size());
}

}  // namespace

OrderedJson PartialTranscript::words(std::span<const TokenRecord> all, std::span<const TokenId> ids,
                                     std::span<const float> times) const {
  // Of text only: where each token was among all of them.
  std::vector<TokenId> text;
  std::vector<TokenRecord> records;
  std::vector<std::size_t> places;
  for (std::size_t i = 0; i < ids.size(); ++i) {
    if (ids[i] >= firstTime_ || tokenizer_.isSpecial(ids[i])) continue;
    text.push_back(ids[i]);
    records.push_back(all[i]);
    places.push_back(i);
  }
  OrderedJson list = OrderedJson::array();
  for (const SpokenWord& word : wordsOf(text, language_.value_or("english"), tokenizer_)) {
    const auto own = std::span(records).subspan(word.begin, word.end - word.begin);
    OrderedJson& json = list.emplace_back(OrderedJson{{"text", word.text}});
    if (!times.empty()) {
      const std::size_t first = places[word.begin], last = places[word.end - 1];
      json["timestamp"] = {first == 0 ? times[first] : times[first - 1], times[last]};
    }
    json["probability"] = probabilityOf(own);
    OrderedJson others = OrderedJson::array();
    for (const auto& [id, logprob] : own.front().model.top)
      if (id != own.front().id && id < firstTime_ && std::exp(logprob) >= kLeastProbability)
        others.push_back(
            {{"text", tokenizer_.decode({&id, 1})}, {"probability", std::exp(logprob)}});
    if (!others.empty()) json["alternatives"] = std::move(others);
  }
  return list;
}

void PartialTranscript::tellDraft(double start, std::span<const TokenRecord> written) const {
  if (!listener_) return;
  std::vector<TokenId> ids;
  for (const TokenRecord& record : written) ids.push_back(record.id);
  listener_({{"draft", {{"start", start}, {"words", words(written, ids, {})}}}});
}

void PartialTranscript::tellSettled(std::span<const SpeechSegment> segments, double until) const {
  if (!listener_) return;
  OrderedJson list = OrderedJson::array();
  for (const SpeechSegment& segment : segments) {
    OrderedJson& json = list.emplace_back();
    json["timestamp"] = {segment.start, segment.end};
    if (language_) json["language"] = *language_;
    json["words"] = words(segment.records, segment.ids, segment.times);
  }
  listener_({{"segments", std::move(list)}, {"until", until}});
}

}  // namespace orrery::pipelines
