// transformers does not read these files, so that the tokenizer of the folder that the file was
// made of is the reference.

#include "core/tokenizers/formats/gguf_encoders.h"

#include <algorithm>

#include "core/tokenizers/formats/gguf_fields.h"

namespace orrery::tokenizers {
namespace {

using checkpoint::GgufVocabulary;
using checkpoint::TokenType;

using Roles = std::vector<std::pair<const char*, std::optional<std::int64_t>>>;

Roles allRoles(const GgufVocabulary& gguf) {
  const auto cls = gguf.cls ? gguf.cls : gguf.bos;
  const auto sep = gguf.separator ? gguf.separator : gguf.eos;
  return {{"bos_token", gguf.bos},  {"eos_token", gguf.eos},     {"cls_token", cls},
          {"sep_token", sep},       {"unk_token", gguf.unknown}, {"pad_token", gguf.padding},
          {"mask_token", gguf.mask}};
}

/// The roles that the file gives; the class's own for the others. The mask takes a space along
/// where the class's models do so.
Json encoderConfig(const GgufVocabulary& gguf, bool stripsMask) {
  Json config = Json::object();
  for (const auto& [role, id] : allRoles(gguf))
    if (id) config[role] = gguf.tokens[static_cast<std::size_t>(*id)];
  if (!stripsMask) return config;
  const std::string mask = config.value("mask_token", "<mask>");
  config["mask_token"] = {{"content", mask}, {"lstrip", true}, {"normalized", false}};
  return config;
}

bool hasCapital(std::string_view text) {
  return std::any_of(text.begin(), text.end(), [](char c) { return c >= 'A' && c <= 'Z'; });
}

/// llama.cpp marks the tokens that begin a word, the model's own vocabulary those that do not.
/// Whether text is made lower case is not in the file; a vocabulary without capitals says so.
Tokenizer::Parts wordPiece(const GgufVocabulary& gguf) {
  constexpr std::string_view kWordStart = "▁";
  ClassVocabulary vocabulary;
  bool cased = false;
  for (std::size_t id = 0; id < gguf.tokens.size(); ++id) {
    std::string token = gguf.tokens[id];
    const TokenType type = gguf.types.empty() ? TokenType::kNormal : gguf.types[id];
    if (type == TokenType::kUnused) continue;
    // The mark alone is the rest of a word, that of "▁▁" begins one.
    const bool begins = token.starts_with(kWordStart) && token.size() > kWordStart.size();
    if (begins) token.erase(0, kWordStart.size());
    const bool bracketed = token.starts_with('[') && token.ends_with(']') && token.size() > 2;
    if (!begins && !bracketed && type == TokenType::kNormal) token.insert(0, "##");
    cased = cased || (!bracketed && type == TokenType::kNormal && hasCapital(token));
    vocabulary.tokens.add(token, static_cast<std::int64_t>(id));
  }
  Json config = encoderConfig(gguf, false);
  config["do_lower_case"] = !cased;
  return buildGguf("BertTokenizer", std::move(vocabulary), config);
}

Tokenizer::Parts xlmRoberta(const GgufVocabulary& gguf) {
  ClassVocabulary vocabulary;
  vocabulary.scored = ggufScoredTokens(gguf);
  vocabulary.charsMap = gguf.precompiledCharsmap;
  // The mask is the last token, and no piece of the sentencepiece model, so its text is lost.
  const std::size_t mask =
      gguf.mask ? static_cast<std::size_t>(*gguf.mask) : vocabulary.scored.size() - 1;
  Json config = encoderConfig(gguf, true);
  if (isPlaceholder(vocabulary.scored[mask].first)) {
    vocabulary.scored[mask] = {"<mask>", 0.0};
    config["mask_token"]["content"] = "<mask>";
  }
  return buildGguf("XLMRobertaTokenizer", std::move(vocabulary), config);
}

}  // namespace

std::optional<Tokenizer::Parts> ggufEncoder(const GgufVocabulary& gguf,
                                            std::string_view architecture) {
  if (gguf.model == "bert") return wordPiece(gguf);
  if (!architecture.ends_with("bert") || architecture == "modern-bert") return std::nullopt;
  if (gguf.model == "t5") return xlmRoberta(gguf);
  if (gguf.model != "gpt2") return std::nullopt;
  return buildGguf("RobertaTokenizer", ggufByteLevel(gguf), encoderConfig(gguf, true));
}

}  // namespace orrery::tokenizers
