#include "core/tokenizers/formats/class_steps.h"

#include "core/tokenizers/formats/splits.h"
#include "core/tokenizers/formats/tokenizer_json.h"

namespace orrery::tokenizers {
namespace {

using Parts = Tokenizer::Parts;

constexpr int kMostExtraIds = 10'000;

// The steps of tokenizer.json, read from text.

std::unique_ptr<const PreTokenizer> preTokenizer(const Json& json) {
  return readPreTokenizer(JsonField(json, "pre_tokenizer"));
}
std::unique_ptr<const Decoder> decoder(const Json& json) {
  return readDecoder(JsonField(json, "decoder"));
}
std::unique_ptr<const Normalizer> normalizer(const Json& json) {
  return readNormalizer(JsonField(json, "normalizer"));
}

Json replaceStep(const char* from, const char* to) {
  return {{"type", "Replace"}, {"pattern", {{"String", from}}}, {"content", to}};
}

Json metaspace(const char* scheme, bool split) {
  return {
      {"type", "Metaspace"}, {"replacement", "▁"}, {"prepend_scheme", scheme}, {"split", split}};
}

/// Pieces back to text, bytes of unknown characters included.
Json pieceDecoder(bool stripsFirstSpace) {
  Json steps = {replaceStep("▁", " "), {{"type", "ByteFallback"}}, {{"type", "Fuse"}}};
  if (stripsFirstSpace)
    steps.push_back({{"type", "Strip"}, {"content", " "}, {"start", 1}, {"stop", 0}});
  return {{"type", "Sequence"}, {"decoders", std::move(steps)}};
}

/// The content of a special token, which may be a text or an object.
std::string roleContent(const JsonField& config, std::string_view role) {
  return config.has(role) ? readAddedToken(config[role]).content : std::string();
}

/// Words with a space before them, after the file's character map.
void useWordPieces(Parts& parts, ClassVocabulary& vocabulary, bool prefix) {
  if (!vocabulary.charsMap.empty())
    parts.normalizer = makeCharsMap(std::move(vocabulary.charsMap), "precompiled_charsmap");
  const Json spaces = metaspace(prefix ? "always" : "never", true);
  parts.preTokenizer = preTokenizer(
      {{"type", "Sequence"}, {"pretokenizers", {{{"type", "WhitespaceSplit"}}, spaces}}});
  parts.decoder = decoder(spaces);
}

void buildUnigram(Parts& parts, ClassVocabulary& vocabulary, std::int64_t unknownId, bool prefix) {
  parts.model = makeUnigram(std::move(vocabulary.scored), unknownId, false);
  useWordPieces(parts, vocabulary, prefix);
}

}  // namespace

void buildLlama(Parts& parts, ClassVocabulary& vocabulary, const JsonField& config) {
  BpeOptions options;
  options.fusesUnknown = options.byteFallback = true;
  parts.model = makeBpe(std::move(vocabulary.tokens), vocabulary.merges, options);
  const bool prefix = config.get("add_prefix_space", true);
  const char* scheme = !prefix ? "never" : config.get("legacy", false) ? "always" : "first";
  parts.preTokenizer = preTokenizer(metaspace(scheme, false));
  parts.decoder = decoder(pieceDecoder(prefix));
}

void buildGemma(Parts& parts, ClassVocabulary& vocabulary, const JsonField& config) {
  BpeOptions options;
  options.unknownToken = roleContent(config, "unk_token");
  options.fusesUnknown = options.byteFallback = true;
  parts.model = makeBpe(std::move(vocabulary.tokens), vocabulary.merges, options);
  parts.normalizer = normalizer(replaceStep(" ", "▁"));
  parts.preTokenizer = preTokenizer({{"type", "Split"},
                                     {"pattern", {{"String", " "}}},
                                     {"behavior", "MergedWithPrevious"},
                                     {"invert", false}});
  parts.decoder = decoder(pieceDecoder(false));
}

void buildByteLevel(Parts& parts, ClassVocabulary& vocabulary, const JsonField& config) {
  parts.model = makeBpe(std::move(vocabulary.tokens), vocabulary.merges, {});
  const Json bytes = byteLevelStep(config.get("add_prefix_space", false), true);
  parts.preTokenizer = preTokenizer(bytes);
  parts.decoder = decoder(bytes);
}

void buildQwen2(Parts& parts, ClassVocabulary& vocabulary, const JsonField& config) {
  buildByteLevel(parts, vocabulary, config);
  parts.normalizer = normalizer({{"type", "NFC"}});
  parts.preTokenizer = preTokenizer(splitStep(kQwen2Split, config.get("add_prefix_space", false)));
}

void buildWordPiece(Parts& parts, ClassVocabulary& vocabulary, const JsonField& config) {
  constexpr std::size_t kLongestWord = 100;  // characters
  parts.model = makeWordPiece(std::move(vocabulary.tokens), roleContent(config, "unk_token"), "##",
                              kLongestWord);
  const auto accents = config.find("strip_accents");
  parts.normalizer =
      normalizer({{"type", "BertNormalizer"},
                  {"clean_text", true},
                  {"handle_chinese_chars", config.get("tokenize_chinese_chars", true)},
                  {"strip_accents", accents ? Json(accents->as<bool>()) : Json()},
                  {"lowercase", config.get("do_lower_case", true)}});
  parts.preTokenizer = preTokenizer({{"type", "BertPreTokenizer"}});
  parts.decoder = decoder({{"type", "WordPiece"}, {"prefix", "##"}, {"cleanup", true}});
}

void buildT5(Parts& parts, ClassVocabulary& vocabulary, const JsonField& config) {
  const int count = extraIds(config);
  for (int i = 0; i < count; ++i)
    vocabulary.added.push_back({fmt::format("<extra_id_{}>", i), false, false, false, false, true});
  buildUnigram(parts, vocabulary, 2, true);
}

void buildXlmRoberta(Parts& parts, ClassVocabulary& vocabulary, const JsonField& config) {
  buildUnigram(parts, vocabulary, 3, config.get("add_prefix_space", true));
}

void buildSpeechT5(Parts& parts, ClassVocabulary& vocabulary, const JsonField& config) {
  if (config.get("normalize", false))
    throw Error(ErrorKind::kUnsupported, "expected false: numbers are not spelled out here")
        .in("normalize");
  parts.model =
      makeCharacters(std::move(vocabulary.tokens),
                     {.unknownToken = roleContent(config, "unk_token"), .fusesUnknown = true});
  useWordPieces(parts, vocabulary, true);
  parts.decoder = decoder(pieceDecoder(true));
}

void buildPlain(Parts& parts, ClassVocabulary& vocabulary, const JsonField&) {
  if (vocabulary.scored.empty()) {
    BpeOptions options;
    options.unknownToken = vocabulary.unknownToken;
    options.fusesUnknown = true;
    options.byteFallback = vocabulary.byteFallback;
    parts.model = makeBpe(std::move(vocabulary.tokens), vocabulary.merges, options);
  } else {
    // The reference copies this tokenizer through its JSON form.
    for (auto& [token, score] : vocabulary.scored) score = scoreAsRead(score);
    parts.model =
        makeUnigram(std::move(vocabulary.scored), vocabulary.unknownId, vocabulary.byteFallback);
  }
  std::vector<std::unique_ptr<const Normalizer>> steps;
  if (!vocabulary.charsMap.empty())
    steps.push_back(makeCharsMap(std::move(vocabulary.charsMap), "precompiled_charsmap"));
  steps.push_back(normalizer(replaceStep(" ", "▁")));
  parts.normalizer = joinNormalizers(std::move(steps));
  parts.decoder = decoder(vocabulary.byteFallback ? pieceDecoder(false) : replaceStep("▁", " "));
}

int extraIds(const JsonField& config) {
  const int count = config.get("extra_ids", 100);
  if (count < 0 || count > kMostExtraIds)
    throw config["extra_ids"].error(
        fmt::format("expected 0 to {}, found {}", kMostExtraIds, count));
  return count;
}

}  // namespace orrery::tokenizers
