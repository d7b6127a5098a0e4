// Processors that look at what is written already: repetition, n-grams, biased sequences.

#include <algorithm>
#include <limits>
#include <map>

#include "core/base/error.h"
#include "core/generation/processors.h"

namespace orrery::generation {
namespace {

constexpr float kNone = -std::numeric_limits<float>::infinity();

std::vector<TokenId> uniqueInVocabulary(std::span<const TokenId> ids, std::size_t vocabSize) {
  std::vector<TokenId> unique;
  for (const TokenId id : ids)
    if (id >= 0 && static_cast<std::size_t>(id) < vocabSize) unique.push_back(id);
  std::ranges::sort(unique);
  unique.erase(std::unique(unique.begin(), unique.end()), unique.end());
  return unique;
}

void penalize(std::span<const TokenId> uniqueIds, float penalty, std::span<float> scores) {
  for (const TokenId id : uniqueIds) {
    float& score = scores[static_cast<std::size_t>(id)];
    score = score < 0 ? score * penalty : score / penalty;
  }
}

bool endsWith(std::span<const TokenId> ids, std::span<const TokenId> suffix) {
  return ids.size() >= suffix.size() && std::ranges::equal(ids.last(suffix.size()), suffix);
}

void checkVocabulary(std::string_view field, std::span<const TokenId> ids, int vocabSize) {
  for (const TokenId id : ids)
    if (id >= vocabSize)
      throw Error(ErrorKind::kInvalidInput, "expected ids below the vocabulary's size {}, found {}",
                  vocabSize, id)
          .in(field);
}

ProcessorPtr makeBias(std::string_view name, std::vector<SequenceBias> biases, int vocabSize) {
  for (const SequenceBias& entry : biases) checkVocabulary(name, entry.ids, vocabSize);
  return processorOf(
      name, [biases = std::move(biases)](std::span<const TokenId> ids, std::span<float> scores) {
        std::map<TokenId, float> sums;
        for (const SequenceBias& entry : biases)
          if (endsWith(ids, std::span(entry.ids).first(entry.ids.size() - 1)))
            sums[entry.ids.back()] += static_cast<float>(entry.bias);
        for (const auto& [id, bias] : sums) scores[static_cast<std::size_t>(id)] += bias;
      });
}

/// Removes each token with which the end of `ids` would complete an n-gram that `text` contains.
void banCompletedNgrams(std::span<const TokenId> text, std::span<const TokenId> ids,
                        std::size_t size, std::span<float> scores) {
  if (ids.size() + 1 < size) return;
  const auto prefix = ids.last(size - 1);
  for (std::size_t i = 0; i + size <= text.size(); ++i) {
    const auto last = static_cast<std::size_t>(text[i + size - 1]);
    if (last < scores.size() && std::ranges::equal(text.subspan(i, size - 1), prefix))
      scores[last] = kNone;
  }
}

}  // namespace

ProcessorPtr makeRepetitionPenalty(double penalty) {
  return processorOf("repetition_penalty",
                     [penalty = static_cast<float>(penalty)](std::span<const TokenId> ids,
                                                             std::span<float> scores) {
                       penalize(uniqueInVocabulary(ids, scores.size()), penalty, scores);
                     });
}

ProcessorPtr makeEncoderRepetitionPenalty(double penalty, std::vector<TokenId> inputIds) {
  return processorOf("encoder_repetition_penalty",
                     [penalty = static_cast<float>(1 / penalty), inputIds = std::move(inputIds)](
                         std::span<const TokenId>, std::span<float> scores) {
                       penalize(uniqueInVocabulary(inputIds, scores.size()), penalty, scores);
                     });
}

ProcessorPtr makeNoRepeatNgram(int size) {
  return processorOf("no_repeat_ngram_size",
                     [size = static_cast<std::size_t>(size)](std::span<const TokenId> ids,
                                                             std::span<float> scores) {
                       banCompletedNgrams(ids, ids, size, scores);
                     });
}

ProcessorPtr makeEncoderNoRepeatNgram(int size, std::vector<TokenId> inputIds) {
  return processorOf("encoder_no_repeat_ngram_size",
                     [size = static_cast<std::size_t>(size), inputIds = std::move(inputIds)](
                         std::span<const TokenId> ids, std::span<float> scores) {
                       banCompletedNgrams(inputIds, ids, size, scores);
                     });
}

ProcessorPtr makeSequenceBias(std::vector<SequenceBias> biases, int vocabSize) {
  return makeBias("sequence_bias", std::move(biases), vocabSize);
}

ProcessorPtr makeBadWords(std::vector<std::vector<TokenId>> words, const std::vector<TokenId>& eos,
                          int vocabSize) {
  std::vector<SequenceBias> biases;
  for (auto& word : words) {
    const bool isEnd = word.size() == 1 && std::ranges::find(eos, word[0]) != eos.end();
    if (!isEnd) biases.push_back({std::move(word), kNone});
  }
  return makeBias("bad_words_ids", std::move(biases), vocabSize);
}

}  // namespace orrery::generation
