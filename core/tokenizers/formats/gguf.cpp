#include "core/tokenizers/formats/gguf.h"

#include <algorithm>

#include "core/tokenizers/formats/tokenizer_json.h"
#include "core/tokenizers/text/byte_alphabet.h"

namespace orrery::tokenizers {
namespace {

using checkpoint::GgufTokenType;
using checkpoint::GgufVocabulary;

constexpr const char* kLlama3 =
    R"((?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+)";
constexpr const char* kQwen2 =
    R"((?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+)";
constexpr const char* kTekken =
    R"([^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+|[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+)";
constexpr const char* kGpt4o =
    R"([^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+(?i:'s|'t|'re|'ve|'m|'ll|'d)?|[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*(?i:'s|'t|'re|'ve|'m|'ll|'d)?|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+)";

/// How the words of a byte-level vocabulary are found, by tokenizer.ggml.pre; null: GPT-2's way.
const char* splitOf(std::string_view name) {
  struct Row {
    const char* split;
    std::string_view names;
  };
  constexpr Row kRows[] = {{kLlama3,
                            " llama3 llama-v3 llama-bpe falcon3 falcon-h1 pixtral midm-2.0 lfm2 "
                            "jina-v5-nano dbrx smaug-bpe "},
                           {kQwen2, " qwen2 deepseek-r1-qwen kormo f2llmv2 megrez "},
                           {kTekken, " tekken "},
                           {kGpt4o, " gpt-4o llama4 kanana2 talkie minimax-m2 "}};
  for (const Row& row : kRows)
    if (!name.empty() && row.names.find(fmt::format(" {} ", name)) != row.names.npos)
      return row.split;
  return nullptr;
}

Merges mergesOf(const std::vector<std::string>& lines) {
  Merges merges;
  for (const std::string& line : lines) {
    const auto space = line.find(' ', 1);
    if (space == line.npos)
      throw Error(ErrorKind::kInvalidInput, "tokenizer.ggml.merges: expected two tokens, found {}",
                  orrery::quoted(line));
    merges.emplace_back(line.substr(0, space), line.substr(space + 1));
  }
  return merges;
}

// Tokens of real vocabularies are shorter; every place of a token is looked at.
constexpr std::size_t kMaxMergedBytes = 512;

/// Merges are not in the file: every pair of tokens that makes a token, best token first.
Merges derivedMerges(const std::vector<std::string>& tokens, const Vocabulary& vocabulary) {
  Merges merges;
  for (const std::string& token : tokens) {
    if (token.size() > kMaxMergedBytes)
      throw Error(ErrorKind::kInvalidInput, "token {} has {} bytes, expected at most {}",
                  orrery::quoted(token), token.size(), kMaxMergedBytes)
          .in("tokenizer.ggml.tokens");
    std::vector<std::pair<std::pair<TokenId, TokenId>, std::size_t>> splits;
    for (std::size_t at = 1; at < token.size(); ++at) {
      if ((static_cast<unsigned char>(token[at]) & 0xC0) == 0x80) continue;
      const auto left = vocabulary.find(std::string_view(token).substr(0, at));
      const auto right = vocabulary.find(std::string_view(token).substr(at));
      if (left && right) splits.push_back({{*left, *right}, at});
    }
    std::sort(splits.begin(), splits.end());
    for (const auto& split : splits)
      merges.emplace_back(token.substr(0, split.second), token.substr(split.second));
  }
  return merges;
}

Vocabulary vocabularyOf(const std::vector<std::string>& tokens) {
  Vocabulary vocabulary;
  vocabulary.reserve(tokens.size(), tokens.size() * 8);
  for (std::size_t id = 0; id < tokens.size(); ++id)
    vocabulary.add(tokens[id], static_cast<std::int64_t>(id));
  return vocabulary;
}

Tokenizer::Parts byteLevel(const GgufVocabulary& gguf) {
  Tokenizer::Parts parts;
  std::vector<std::string> tokens = gguf.tokens;
  for (std::string& token : tokens)
    if (!byte_alphabet::bytesOf(token)) token = byte_alphabet::spelled(token);
  parts.model = makeBpe(vocabularyOf(tokens), mergesOf(gguf.merges), {});
  Json bytes = {{"type", "ByteLevel"},
                {"add_prefix_space", false},
                {"trim_offsets", true},
                {"use_regex", true}};
  Json steps = bytes;
  if (const char* split = splitOf(gguf.preTokenizer)) {
    bytes["use_regex"] = false;
    steps = {{"type", "Sequence"},
             {"pretokenizers",
              {{{"type", "Split"},
                {"pattern", {{"Regex", split}}},
                {"behavior", "Isolated"},
                {"invert", false}},
               bytes}}};
  }
  parts.preTokenizer = readPreTokenizer(JsonField(steps, "tokenizer.ggml.pre"));
  parts.decoder = readDecoder(JsonField(bytes, "tokenizer.ggml.model"));
  return parts;
}

Tokenizer::Parts gemma(const GgufVocabulary& gguf) {
  Tokenizer::Parts parts;
  std::vector<std::string> tokens = gguf.tokens;
  for (std::string& token : tokens) {
    if (token.empty() || token.find_first_not_of(' ') != token.npos) continue;
    const std::size_t count = token.size();
    token.clear();
    for (std::size_t i = 0; i < count; ++i) token += "▁";
  }
  Vocabulary vocabulary = vocabularyOf(tokens);
  const Merges merges =
      gguf.merges.empty() ? derivedMerges(tokens, vocabulary) : mergesOf(gguf.merges);
  parts.model = makeBpe(std::move(vocabulary), merges, {"<unk>", "", "", true, true, false});
  const Json normalizer = {{"type", "Replace"}, {"pattern", {{"String", " "}}}, {"content", "▁"}};
  const Json decoder = {{"type", "Sequence"},
                        {"decoders",
                         {{{"type", "Replace"}, {"pattern", {{"String", "▁"}}}, {"content", " "}},
                          {{"type", "ByteFallback"}},
                          {{"type", "Fuse"}}}}};
  parts.normalizer = readNormalizer(JsonField(normalizer, "normalizer"));
  parts.decoder = readDecoder(JsonField(decoder, "decoder"));
  return parts;
}

void addSpecials(Tokenizer::Parts& parts, const GgufVocabulary& gguf) {
  std::vector<AddedToken> tokens;
  for (const bool special : {true, false})
    for (std::size_t id = 0; id < gguf.types.size(); ++id)
      if (gguf.types[id] == (special ? GgufTokenType::kControl : GgufTokenType::kUserDefined)) {
        const std::string& text = gguf.tokens[id];
        if (parts.model->idOf(text)) tokens.push_back({text, false, false, false, false, special});
      }
  parts.add(tokens);
  const std::pair<const char*, std::optional<std::int64_t>> roles[] = {{"bos_token", gguf.bos},
                                                                       {"eos_token", gguf.eos},
                                                                       {"unk_token", gguf.unknown},
                                                                       {"pad_token", gguf.padding}};
  for (const auto& [role, id] : roles)
    if (id) parts.settings.specialTokens[role] = gguf.tokens[static_cast<std::size_t>(*id)];
  addRoles(parts, parts.settings.specialTokens);
}

}  // namespace

std::shared_ptr<const Tokenizer> fromGguf(const GgufVocabulary& gguf,
                                          std::string_view architecture) {
  Tokenizer::Parts parts;
  if (gguf.model == "gpt2")
    parts = byteLevel(gguf);
  else if ((gguf.model == "llama" && architecture.starts_with("gemma")) || gguf.model == "gemma4")
    parts = gemma(gguf);
  else
    throw Error(ErrorKind::kUnsupported,
                "tokenizer.ggml.model: {} of architecture {} is not supported, expected gpt2, or "
                "llama of gemma",
                orrery::quoted(gguf.model), orrery::quoted(architecture));
  addSpecials(parts, gguf);
  return std::make_shared<const Tokenizer>(std::move(parts));
}

}  // namespace orrery::tokenizers
