// The vocabulary inside a GGUF file. Where transformers reads such a file, the result is its
// result: the class it picks by tokenizer.ggml.model with that class's special tokens, then those
// of the file. Encoders it does not read; they become what the model's own files give.

#include "core/tokenizers/formats/gguf.h"

#include "core/tokenizers/formats/gguf_encoders.h"
#include "core/tokenizers/formats/gguf_fields.h"
#include "core/tokenizers/formats/implied_merges.h"
#include "core/tokenizers/formats/splits.h"
#include "core/tokenizers/formats/tokenizer_json.h"

namespace orrery::tokenizers {
namespace {

using checkpoint::GgufVocabulary;
using checkpoint::TokenType;

/// tokenizer_config.json's fields for the tokens that the file gives a role; null for the others.
Json roleConfig(const GgufVocabulary& gguf) {
  const std::pair<const char*, std::optional<std::int64_t>> roles[] = {{"bos_token", gguf.bos},
                                                                       {"eos_token", gguf.eos},
                                                                       {"unk_token", gguf.unknown},
                                                                       {"pad_token", gguf.padding}};
  Json config = Json::object();
  for (const auto& [role, id] : roles)
    config[role] = id ? Json(gguf.tokens[static_cast<std::size_t>(*id)]) : Json();
  return config;
}

Tokenizer::Parts byteLevel(const GgufVocabulary& gguf) {
  Tokenizer::Parts parts = buildGguf("GPT2Tokenizer", ggufByteLevel(gguf));
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
          : ggufMerges(gguf);
  return vocabulary;
}

Tokenizer::Parts llama(const GgufVocabulary& gguf, bool isPhi3) {
  const std::vector<double> scores = gguf.merges.empty() ? ggufScores(gguf) : std::vector<double>{};
  Tokenizer::Parts parts = buildGguf("LlamaTokenizer", pieceVocabulary(gguf, gguf.tokens, scores));
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
  return buildGguf("GemmaTokenizer", pieceVocabulary(gguf, tokens, scores));
}

/// The character map is left out, as transformers does. The sentinels have lost their names.
Tokenizer::Parts t5(const GgufVocabulary& gguf, const Json& config) {
  ClassVocabulary vocabulary;
  vocabulary.scored = ggufScoredTokens(gguf);
  int sentinel = 100;
  for (auto& [token, score] : vocabulary.scored)
    if (sentinel > 0 && isPlaceholder(token)) token = fmt::format("<extra_id_{}>", --sentinel);
  return buildGguf("T5Tokenizer", std::move(vocabulary), config);
}

/// Control tokens are special; those that the user defined are found whole too.
void addMarked(Tokenizer::Parts& parts, const GgufVocabulary& gguf) {
  for (const bool special : {true, false}) {
    std::vector<AddedToken> tokens;
    for (std::size_t id = 0; id < gguf.types.size(); ++id)
      if (gguf.types[id] == (special ? TokenType::kControl : TokenType::kUserDefined) &&
          parts.model->idOf(gguf.tokens[id]))
        tokens.push_back({gguf.tokens[id], false, false, false, false, special});
    parts.add(tokens);
  }
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
  if (auto parts = ggufEncoder(gguf, architecture))
    return std::make_shared<const Tokenizer>(std::move(*parts));
  Json config = roleConfig(gguf);
  Tokenizer::Parts parts = decoderParts(gguf, architecture, config);
  addMarked(parts, gguf);
  parts.settings = {};
  applyTokenizerConfig(parts, JsonField(config, kGgufSource));
  return std::make_shared<const Tokenizer>(std::move(parts));
}

}  // namespace orrery::tokenizers
