// The classes of transformers: a table of their steps, post-processors and defaults.

#include "core/tokenizers/formats/classes.h"

#include "core/tokenizers/formats/class_steps.h"
#include "core/tokenizers/formats/tokenizer_json.h"

namespace orrery::tokenizers {
namespace {

using Parts = Tokenizer::Parts;

NamedToken requireRole(const Parts& parts, const char* role) {
  const auto found = parts.settings.specialTokens.find(role);
  const auto id =
      found == parts.settings.specialTokens.end() ? std::nullopt : parts.idOf(found->second);
  if (!id)
    throw Error(ErrorKind::kInvalidInput, "is missing, but this tokenizer puts it around texts")
        .in(role);
  return {found->second, *id};
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

constexpr const char* kSpeechT5Defaults =
    R"({"bos_token": "<s>", "eos_token": "</s>", "unk_token": "<unk>", "pad_token": "<pad>",
        "add_eos_token": true})";
constexpr const char* kVitsDefaults = R"({"pad_token": "<pad>", "unk_token": "<unk>"})";

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
    {"SpeechT5Tokenizer", Files::kBytePairPieces, kSpeechT5Defaults, buildSpeechT5, finishBeginEnd},
    {"VitsTokenizer", Files::kCharacters, kVitsDefaults, buildVits, finishVits},
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

}  // namespace orrery::tokenizers
