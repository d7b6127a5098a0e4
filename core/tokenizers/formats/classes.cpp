// Each class of transformers as two functions and its defaults; the table at the end lists them.

#include "core/tokenizers/formats/classes.h"

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

void buildLlama(Parts& parts, ClassVocabulary& vocabulary, const JsonField& config) {
  BpeOptions options;
  options.fusesUnknown = options.byteFallback = true;
  parts.model = makeBpe(std::move(vocabulary.tokens), vocabulary.merges, options);
  const bool prefix = config.get("add_prefix_space", true);
  const char* scheme = !prefix ? "never" : config.get("legacy", false) ? "always" : "first";
  parts.preTokenizer = preTokenizer(metaspace(scheme, false));
  parts.decoder = decoder(pieceDecoder(prefix));
}

/// The content of a special token, which may be a text or an object.
std::string roleContent(const JsonField& config, std::string_view role) {
  return config.has(role) ? readAddedToken(config[role]).content : std::string();
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

void buildUnigram(Parts& parts, ClassVocabulary& vocabulary, std::int64_t unknownId, bool prefix) {
  parts.model = makeUnigram(std::move(vocabulary.scored), unknownId, false);
  if (!vocabulary.charsMap.empty())
    parts.normalizer = makeCharsMap(std::move(vocabulary.charsMap), "precompiled_charsmap");
  const Json spaces = metaspace(prefix ? "always" : "never", true);
  parts.preTokenizer = preTokenizer(
      {{"type", "Sequence"}, {"pretokenizers", {{{"type", "WhitespaceSplit"}}, spaces}}});
  parts.decoder = decoder(spaces);
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

NamedToken requireRole(const Parts& parts, const char* role) {
  const auto found = parts.settings.specialTokens.find(role);
  if (found == parts.settings.specialTokens.end())
    throw Error(ErrorKind::kInvalidInput, "is missing, but this tokenizer puts it around texts")
        .in(role);
  return {found->second, *parts.idOf(found->second)};
}

void finishBeginEnd(Parts& parts, const JsonField& config) {
  std::optional<NamedToken> begin, end;
  const auto& roles = parts.settings.specialTokens;
  if (config.get("add_bos_token", false) && roles.contains("bos_token"))
    begin = requireRole(parts, "bos_token");
  if (config.get("add_eos_token", false) && roles.contains("eos_token"))
    end = requireRole(parts, "eos_token");
  parts.postProcessor = makeBeginEnd(begin ? &*begin : nullptr, end ? &*end : nullptr);
}

/// The texts A and B and special tokens, each with its type.
Json templateOf(std::initializer_list<std::pair<std::string, int>> pieces) {
  Json list = Json::array();
  for (const auto& [id, type] : pieces)
    list.push_back(
        {{id == "A" || id == "B" ? "Sequence" : "SpecialToken", {{"id", id}, {"type_id", type}}}});
  return list;
}

Json specialOf(const NamedToken& token) {
  return {{"id", token.token}, {"ids", {token.id}}, {"tokens", {token.token}}};
}

void finishBert(Parts& parts, const JsonField&) {
  const NamedToken cls = requireRole(parts, "cls_token"), sep = requireRole(parts, "sep_token");
  const Json json = {{"type", "TemplateProcessing"},
                     {"single", templateOf({{"cls", 0}, {"A", 0}, {"sep", 0}})},
                     {"pair", templateOf({{"cls", 0}, {"A", 0}, {"sep", 0}, {"B", 1}, {"sep", 1}})},
                     {"special_tokens", {{"cls", specialOf(cls)}, {"sep", specialOf(sep)}}}};
  parts.postProcessor = readPostProcessor(JsonField(json, "post_processor"));
}

void finishRoberta(Parts& parts, const JsonField& config) {
  const NamedToken cls = requireRole(parts, "cls_token"), sep = requireRole(parts, "sep_token");
  const Json json = {{"type", "RobertaProcessing"},
                     {"sep", {sep.token, sep.id}},
                     {"cls", {cls.token, cls.id}},
                     {"trim_offsets", config.get("trim_offsets", true)},
                     {"add_prefix_space", config.get("add_prefix_space", false)}};
  parts.postProcessor = readPostProcessor(JsonField(json, "post_processor"));
}

void finishT5(Parts& parts, const JsonField&) {
  const NamedToken end = {"</s>", requireRole(parts, "eos_token").id};
  const Json json = {{"type", "TemplateProcessing"},
                     {"single", templateOf({{"A", 0}, {"</s>", 0}})},
                     {"pair", templateOf({{"A", 0}, {"</s>", 0}, {"B", 0}, {"</s>", 0}})},
                     {"special_tokens", {{"</s>", specialOf(end)}}}};
  parts.postProcessor = readPostProcessor(JsonField(json, "post_processor"));
}

void finishXlmRoberta(Parts& parts, const JsonField&) {
  const NamedToken bos = requireRole(parts, "bos_token"), eos = requireRole(parts, "eos_token");
  const Json json = {
      {"type", "TemplateProcessing"},
      {"single", templateOf({{"bos", 0}, {"A", 0}, {"eos", 0}})},
      {"pair", templateOf({{"bos", 0}, {"A", 0}, {"eos", 0}, {"eos", 0}, {"B", 0}, {"eos", 0}})},
      {"special_tokens", {{"bos", specialOf(bos)}, {"eos", specialOf(eos)}}}};
  parts.postProcessor = readPostProcessor(JsonField(json, "post_processor"));
}

constexpr const char* kLlamaDefaults =
    R"({"unk_token": "<unk>", "bos_token": "<s>", "eos_token": "</s>", "padding_side": "left"})";
constexpr const char* kGemmaDefaults =
    R"({"unk_token": "<unk>", "bos_token": "<bos>", "eos_token": "<eos>", "pad_token": "<pad>",
        "mask_token": "<mask>", "padding_side": "left"})";
constexpr const char* kT5Defaults =
    R"({"eos_token": "</s>", "unk_token": "<unk>", "pad_token": "<pad>"})";
constexpr const char* kRobertaDefaults =
    R"({"bos_token": "<s>", "eos_token": "</s>", "sep_token": "</s>", "cls_token": "<s>",
        "unk_token": "<unk>", "pad_token": "<pad>", "mask_token": "<mask>"})";
constexpr const char* kBertDefaults =
    R"({"unk_token": "[UNK]", "sep_token": "[SEP]", "pad_token": "[PAD]", "cls_token": "[CLS]",
        "mask_token": "[MASK]"})";
constexpr const char* kMpnetDefaults =
    R"({"bos_token": "<s>", "eos_token": "</s>", "sep_token": "</s>", "cls_token": "<s>",
        "unk_token": "[UNK]", "pad_token": "<pad>", "mask_token": "<mask>"})";
constexpr const char* kGpt2Defaults =
    R"({"unk_token": "<|endoftext|>", "bos_token": "<|endoftext|>", "eos_token": "<|endoftext|>"})";
constexpr const char* kQwen2Defaults =
    R"({"unk_token": "<|endoftext|>", "eos_token": "<|endoftext|>", "pad_token": "<|endoftext|>"})";

using Files = TokenizerClass::Files;

constexpr TokenizerClass kPlain = {"TokenizersBackend", Files::kPieces, "{}", buildPlain,
                                   finishBeginEnd};

constexpr TokenizerClass kClasses[] = {
    kPlain,
    {"LlamaTokenizer", Files::kBytePairPieces, kLlamaDefaults, buildLlama, finishBeginEnd},
    {"GemmaTokenizer", Files::kBytePairPieces, kGemmaDefaults, buildGemma, finishBeginEnd},
    {"T5Tokenizer", Files::kUnigramPieces, kT5Defaults, buildT5, finishT5},
    {"XLMRobertaTokenizer", Files::kUnigramPieces, kRobertaDefaults, buildXlmRoberta,
     finishXlmRoberta},
    {"BertTokenizer", Files::kWordList, kBertDefaults, buildWordPiece, finishBert},
    {"DistilBertTokenizer", Files::kWordList, kBertDefaults, buildWordPiece, finishBert},
    {"ElectraTokenizer", Files::kWordList, kBertDefaults, buildWordPiece, finishBert},
    {"MPNetTokenizer", Files::kWordList, kMpnetDefaults, buildWordPiece, finishRoberta},
    {"GPT2Tokenizer", Files::kMerges, kGpt2Defaults, buildByteLevel, finishBeginEnd},
    {"RobertaTokenizer", Files::kMerges, kRobertaDefaults, buildByteLevel, finishRoberta},
    {"Qwen2Tokenizer", Files::kMerges, kQwen2Defaults, buildQwen2, finishBeginEnd},
};

}  // namespace

const TokenizerClass& plainClass() {
  return kPlain;
}

const TokenizerClass* findClass(std::string_view name) {
  if (name.ends_with("Fast")) name.remove_suffix(4);
  if (name == "PreTrainedTokenizer" || name == "PythonBackend") return &kPlain;
  for (const TokenizerClass& kind : kClasses)
    if (kind.name == name) return &kind;
  return nullptr;
}

Json withDefaults(const TokenizerClass& kind, const Json& config) {
  Json merged = Json::parse(kind.defaults);
  merged.update(config);
  if (kind.name != "MPNetTokenizer") return merged;
  // Its mask takes the space before it along.
  if (Json& mask = merged["mask_token"]; mask.is_string())
    mask = {{"content", mask}, {"lstrip", true}};
  return merged;
}

Tokenizer::Parts buildClass(const TokenizerClass& kind, ClassVocabulary vocabulary,
                            const Json& config, const std::string& source) {
  const JsonField fields(config, source);
  Parts parts;
  kind.build(parts, vocabulary, fields);
  applyTokenizerConfig(parts, fields);
  if (!config.contains("additional_special_tokens") && !config.contains("extra_special_tokens"))
    parts.addNew(vocabulary.added);
  kind.finish(parts, fields);
  return parts;
}

int extraIds(const JsonField& config) {
  const int count = config.get("extra_ids", 100);
  if (count < 0 || count > kMostExtraIds)
    throw config["extra_ids"].error(
        fmt::format("expected 0 to {}, found {}", kMostExtraIds, count));
  return count;
}

}  // namespace orrery::tokenizers
