#include "core/tokenizers/formats/gguf_fields.h"

#include <algorithm>
#include <cmath>

#include "core/tokenizers/text/byte_alphabet.h"

namespace orrery::tokenizers {

using checkpoint::GgufVocabulary;

Merges ggufMerges(const GgufVocabulary& gguf) {
  Merges merges;
  for (const std::string& line : gguf.merges) {
    const auto space = line.find(' ', 1);
    if (space == line.npos)
      throw Error(ErrorKind::kInvalidInput, "tokenizer.ggml.merges: expected two tokens, found {}",
                  orrery::quoted(line));
    merges.emplace_back(line.substr(0, space), line.substr(space + 1));
  }
  return merges;
}

std::vector<double> ggufScores(const GgufVocabulary& gguf) {
  if (gguf.scores.empty())
    throw Error(ErrorKind::kInvalidInput, "tokenizer.ggml.scores is missing, but {} tokens need it",
                gguf.tokens.size());
  for (const float score : gguf.scores)
    if (!std::isfinite(score))
      throw Error(ErrorKind::kInvalidInput,
                  "tokenizer.ggml.scores: expected finite numbers, found {}", score);
  return {gguf.scores.begin(), gguf.scores.end()};
}

ScoredTokens ggufScoredTokens(const GgufVocabulary& gguf) {
  const std::vector<double> scores = ggufScores(gguf);
  ScoredTokens tokens;
  for (std::size_t id = 0; id < scores.size(); ++id)
    tokens.emplace_back(gguf.tokens[id], scores[id]);
  return tokens;
}

ClassVocabulary ggufByteLevel(const GgufVocabulary& gguf) {
  std::vector<std::string> tokens = gguf.tokens;
  for (std::string& token : tokens)
    if (!byte_alphabet::bytesOf(token)) token = byte_alphabet::spelled(token);
  ClassVocabulary vocabulary;
  vocabulary.tokens = vocabularyOf(tokens);
  vocabulary.merges = ggufMerges(gguf);
  return vocabulary;
}

bool isPlaceholder(std::string_view token) {
  if (!token.starts_with("[PAD") || !token.ends_with("]") || token.size() < 6) return false;
  token = token.substr(4, token.size() - 5);
  return std::all_of(token.begin(), token.end(), [](char c) { return c >= '0' && c <= '9'; });
}

Tokenizer::Parts buildGguf(const char* name, ClassVocabulary vocabulary, const Json& config) {
  const TokenizerClass& kind = *findClass(name);
  return buildClass(kind, std::move(vocabulary), withDefaults(kind, config), kGgufSource);
}

}  // namespace orrery::tokenizers
