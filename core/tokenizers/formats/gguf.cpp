// The vocabulary inside a GGUF file. Where transformers reads such a file, the result is its
// result: the class it picks by tokenizer.ggml.model with that class's special tokens, then those
// of the file. Encoders it does not read; they become what the model's own files give.

#include "core/tokenizers/formats/gguf.h"

#include <algorithm>
#include <cmath>

#include "core/tokenizers/formats/classes.h"
#include "core/tokenizers/formats/implied_merges.h"
#include "core/tokenizers/formats/splits.h"
#include "core/tokenizers/formats/tokenizer_json.h"
#include "core/tokenizers/text/byte_alphabet.h"

namespace orrery::tokenizers {
namespace {

using checkpoint::GgufTokenType;
using checkpoint::GgufVocabulary;

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

Vocabulary vocabularyOf(const std::vector<std::string>& tokens) {
  Vocabulary vocabulary;
  vocabulary.reserve(tokens.size(), tokens.size() * 8);
  for (std::size_t id = 0; id < tokens.size(); ++id)
    vocabulary.add(tokens[id], static_cast<std::int64_t>(id));
  return vocabulary;
}

std::vector<double> scoresOf(const GgufVocabulary& gguf) {
  if (gguf.scores.empty())
    throw Error(ErrorKind::kInvalidInput, "tokenizer.ggml.scores is missing, but {} tokens need it",
                gguf.tokens.size());
  for (const float score : gguf.scores)
    if (!std::isfinite(score))
      throw Error(ErrorKind::kInvalidInput,
                  "tokenizer.ggml.scores: expected finite numbers, found {}", score);
  return {gguf.scores.begin(), gguf.scores.end()};
}

std::string textOf(const GgufVocabulary& gguf, std::int64_t id) {
  return gguf.tokens[static_cast<std::size_t>(id)];
}

/// A token that llama.cpp wrote for an id that the model's own vocabulary has no token for.
bool isPlaceholder(std::string_view token) {
  if (!token.starts_with("[PAD") || !token.ends_with("]") || token.size() < 6) return false;
  token = token.substr(4, token.size() - 5);
  return std::all_of(token.begin(), token.end(), [](char c) { return c >= '0' && c <= '9'; });
}

using Roles = std::vector<std::pair<const char*, std::optional<std::int64_t>>>;

/// tokenizer_config.json's fields for the tokens that the file gives a role; null for the others.
Json roleConfig(const GgufVocabulary& gguf, const Roles& roles) {
  Json config = Json::object();
  for (const auto& [role, id] : roles) config[role] = id ? Json(textOf(gguf, *id)) : Json();
  return config;
}

Roles fourRoles(const GgufVocabulary& gguf) {
  return {{"bos_token", gguf.bos},
          {"eos_token", gguf.eos},
          {"unk_token", gguf.unknown},
          {"pad_token", gguf.padding}};
}

const char* const kSource = "tokenizer.ggml";

Tokenizer::Parts build(const char* name, ClassVocabulary vocabulary, const Json& config = {}) {
  const TokenizerClass& kind = *findClass(name);
  return buildClass(kind, std::move(vocabulary),
                    withDefaults(kind, config.is_null() ? Json::object() : config), kSource);
}

ClassVocabulary byteLevelVocabulary(const GgufVocabulary& gguf) {
  std::vector<std::string> tokens = gguf.tokens;
  for (std::string& token : tokens)
    if (!byte_alphabet::bytesOf(token)) token = byte_alphabet::spelled(token);
  ClassVocabulary vocabulary;
  vocabulary.tokens = vocabularyOf(tokens);
  vocabulary.merges = mergesOf(gguf.merges);
  return vocabulary;
}

Tokenizer::Parts byteLevel(const GgufVocabulary& gguf) {
  Tokenizer::Parts parts = build("GPT2Tokenizer", byteLevelVocabulary(gguf));
  if (const char* split = splitOf(gguf.preTokenizer)) {
    const Json steps = splitStep(split, false);
    parts.preTokenizer = readPreTokenizer(JsonField(steps, "tokenizer.ggml.pre"));
  }
  return parts;
}

/// `scores` are only looked at if the file has no merges.
ClassVocabulary pieceVocabulary(const GgufVocabulary& gguf, const std::vector<std::string>& tokens,
                                const std::vector<double>& scores) {
  ClassVocabulary vocabulary;
  vocabulary.tokens = vocabularyOf(tokens);
  vocabulary.merges =
      gguf.merges.empty()
          ? withContext("tokenizer.ggml.tokens",
                        [&] { return impliedMerges(tokens, vocabulary.tokens, scores); })
          : mergesOf(gguf.merges);
  return vocabulary;
}

Tokenizer::Parts llama(const GgufVocabulary& gguf, bool isPhi3) {
  const std::vector<double> scores = gguf.merges.empty() ? scoresOf(gguf) : std::vector<double>{};
  Tokenizer::Parts parts = build("LlamaTokenizer", pieceVocabulary(gguf, gguf.tokens, scores));
  if (!isPhi3) return parts;
  // Its own files put the first space with a normalizer, also before a text that begins with one.
  const Json steps = {{"type", "Sequence"},
                      {"normalizers",
                       {{{"type", "Prepend"}, {"prepend", "▁"}},
                        {{"type", "Replace"}, {"pattern", {{"String", " "}}}, {"content", "▁"}}}}};
  parts.normalizer = readNormalizer(JsonField(steps, "normalizer"));
  parts.preTokenizer.reset();
  return parts;
}

/// Gemma's merges follow the order of its tokens, not their scores.
Tokenizer::Parts gemma(const GgufVocabulary& gguf) {
  std::vector<std::string> tokens = gguf.tokens;
  std::vector<double> scores;
  for (std::size_t id = 0; id < tokens.size(); ++id) {
    scores.push_back(-static_cast<double>(id));
    std::string& token = tokens[id];
    if (token.empty() || token.find_first_not_of(' ') != token.npos) continue;
    const std::size_t count = token.size();
    token.clear();
    for (std::size_t i = 0; i < count; ++i) token += "▁";
  }
  return build("GemmaTokenizer", pieceVocabulary(gguf, tokens, scores));
}

ScoredTokens scoredTokens(const GgufVocabulary& gguf) {
  const std::vector<double> scores = scoresOf(gguf);
  ScoredTokens tokens;
  for (std::size_t id = 0; id < scores.size(); ++id)
    tokens.emplace_back(gguf.tokens[id], scores[id]);
  return tokens;
}

/// The character map is left out, as transformers does. The sentinels have lost their names.
Tokenizer::Parts t5(const GgufVocabulary& gguf, const Json& config) {
  ClassVocabulary vocabulary;
  vocabulary.scored = scoredTokens(gguf);
  int sentinel = 100;
  for (auto& [token, score] : vocabulary.scored)
    if (sentinel > 0 && isPlaceholder(token)) token = fmt::format("<extra_id_{}>", --sentinel);
  return build("T5Tokenizer", std::move(vocabulary), config);
}

/// Control tokens are special; those that the user defined are found whole too.
void addMarked(Tokenizer::Parts& parts, const GgufVocabulary& gguf) {
  for (const bool special : {true, false}) {
    std::vector<AddedToken> tokens;
    for (std::size_t id = 0; id < gguf.types.size(); ++id)
      if (gguf.types[id] == (special ? GgufTokenType::kControl : GgufTokenType::kUserDefined) &&
          parts.model->idOf(gguf.tokens[id]))
        tokens.push_back({gguf.tokens[id], false, false, false, false, special});
    parts.add(tokens);
  }
}

// Encoders ---------------------------------------------------------------------------------------

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
    if (id) config[role] = textOf(gguf, *id);
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
    const GgufTokenType type = gguf.types.empty() ? GgufTokenType::kNormal : gguf.types[id];
    if (type == GgufTokenType::kUnused) continue;
    // The mark alone is the rest of a word, that of "▁▁" begins one.
    const bool begins = token.starts_with(kWordStart) && token.size() > kWordStart.size();
    if (begins) token.erase(0, kWordStart.size());
    const bool bracketed = token.starts_with('[') && token.ends_with(']') && token.size() > 2;
    if (!begins && !bracketed && type == GgufTokenType::kNormal) token.insert(0, "##");
    cased = cased || (!bracketed && type == GgufTokenType::kNormal && hasCapital(token));
    vocabulary.tokens.add(token, static_cast<std::int64_t>(id));
  }
  Json config = encoderConfig(gguf, false);
  config["do_lower_case"] = !cased;
  return build("BertTokenizer", std::move(vocabulary), config);
}

Tokenizer::Parts xlmRoberta(const GgufVocabulary& gguf) {
  ClassVocabulary vocabulary;
  vocabulary.scored = scoredTokens(gguf);
  vocabulary.charsMap = gguf.precompiledCharsmap;
  // The mask is the last token, and no piece of the sentencepiece model, so its text is lost.
  const std::size_t mask =
      gguf.mask ? static_cast<std::size_t>(*gguf.mask) : vocabulary.scored.size() - 1;
  Json config = encoderConfig(gguf, true);
  if (isPlaceholder(vocabulary.scored[mask].first)) {
    vocabulary.scored[mask] = {"<mask>", 0.0};
    config["mask_token"]["content"] = "<mask>";
  }
  return build("XLMRobertaTokenizer", std::move(vocabulary), config);
}

/// Nothing if transformers reads this kind of file.
std::optional<Tokenizer::Parts> encoder(const GgufVocabulary& gguf, std::string_view architecture) {
  if (gguf.model == "bert") return wordPiece(gguf);
  if (!architecture.ends_with("bert") || architecture == "modern-bert") return std::nullopt;
  if (gguf.model == "t5") return xlmRoberta(gguf);
  if (gguf.model != "gpt2") return std::nullopt;
  return build("RobertaTokenizer", byteLevelVocabulary(gguf), encoderConfig(gguf, true));
}

/// What transformers makes of the file; `config` gets the special tokens that count in the end.
Tokenizer::Parts decoderParts(const GgufVocabulary& gguf, std::string_view architecture,
                              Json& config) {
  if (gguf.model == "gpt2") return byteLevel(gguf);
  if (gguf.model == "t5") return t5(gguf, config);
  if (gguf.model == "gemma4" || (gguf.model == "llama" && architecture.starts_with("gemma"))) {
    config = withDefaults(*findClass("GemmaTokenizer"), config);
    return gemma(gguf);
  }
  if (gguf.model == "llama") return llama(gguf, architecture == "phi3");
  throw Error(ErrorKind::kUnsupported,
              "tokenizer.ggml.model: {} is not supported, expected gpt2, llama, gemma4, t5 or bert",
              orrery::quoted(gguf.model));
}

}  // namespace

std::shared_ptr<const Tokenizer> fromGguf(const GgufVocabulary& gguf,
                                          std::string_view architecture) {
  if (auto parts = encoder(gguf, architecture))
    return std::make_shared<const Tokenizer>(std::move(*parts));
  Json config = roleConfig(gguf, fourRoles(gguf));
  Tokenizer::Parts parts = decoderParts(gguf, architecture, config);
  addMarked(parts, gguf);
  parts.settings = {};
  applyTokenizerConfig(parts, JsonField(config, kSource));
  return std::make_shared<const Tokenizer>(std::move(parts));
}

}  // namespace orrery::tokenizers
