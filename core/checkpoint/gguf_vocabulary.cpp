#include "core/checkpoint/gguf_vocabulary.h"

#include "core/base/error.h"
#include "core/checkpoint/gguf.h"

namespace orrery::checkpoint {
namespace {

constexpr std::string_view kNamedTemplatePrefix = "tokenizer.chat_template.";

/// Reads optional fields, each into a place of its own.
class FieldReader {
 public:
  explicit FieldReader(const GgufFile& file) : file_(file) {}

  void string(std::string_view key, std::string& out) const {
    if (const GgufValue* value = file_.value(key)) out = value->string();
  }
  void boolean(std::string_view key, std::optional<bool>& out) const {
    if (const GgufValue* value = file_.value(key)) out = value->boolean();
  }
  void strings(std::string_view key, std::vector<std::string>& out) const {
    const GgufValue* value = file_.value(key);
    if (!value) return;
    const auto views = value->strings();
    out.assign(views.begin(), views.end());
  }
  void id(std::string_view key, std::size_t vocabularySize,
          std::optional<std::int64_t>& out) const {
    const GgufValue* value = file_.value(key);
    if (!value) return;
    const std::int64_t id = value->integer();
    // -1 (also as an unsigned number) is how some writers say "none".
    if (id == -1 || id == 0xFFFF'FFFF) return;
    if (id < 0 || static_cast<std::uint64_t>(id) >= vocabularySize)
      throw Error(ErrorKind::kInvalidInput, "is {}, but there are {} tokens", id, vocabularySize)
          .in(quoted(key));
    out = id;
  }

 private:
  const GgufFile& file_;
};

void checkLength(std::string_view key, std::size_t found, std::size_t tokens) {
  if (found != 0 && found != tokens)
    throw Error(ErrorKind::kInvalidInput, "has {} elements, but there are {} tokens", found, tokens)
        .in(quoted(key));
}

void readLists(const GgufFile& file, GgufVocabulary& out) {
  const FieldReader fields(file);
  fields.strings("tokenizer.ggml.tokens", out.tokens);
  fields.strings("tokenizer.ggml.merges", out.merges);
  if (const GgufValue* types = file.value("tokenizer.ggml.token_type"))
    for (const std::int64_t type : types->integers())
      out.types.push_back(static_cast<TokenType>(type));
  if (const GgufValue* scores = file.value("tokenizer.ggml.scores")) out.scores = scores->floats();
  checkLength("tokenizer.ggml.token_type", out.types.size(), out.tokens.size());
  checkLength("tokenizer.ggml.scores", out.scores.size(), out.tokens.size());
}

void readIds(const GgufFile& file, GgufVocabulary& out) {
  const FieldReader fields(file);
  const std::size_t size = out.tokens.size();
  fields.id("tokenizer.ggml.bos_token_id", size, out.bos);
  fields.id("tokenizer.ggml.eos_token_id", size, out.eos);
  fields.id("tokenizer.ggml.eot_token_id", size, out.eot);
  fields.id("tokenizer.ggml.eom_token_id", size, out.eom);
  fields.id("tokenizer.ggml.unknown_token_id", size, out.unknown);
  fields.id("tokenizer.ggml.seperator_token_id", size, out.separator);  // sic
  fields.id("tokenizer.ggml.padding_token_id", size, out.padding);
  fields.id("tokenizer.ggml.cls_token_id", size, out.cls);
  fields.id("tokenizer.ggml.mask_token_id", size, out.mask);
}

void readTemplates(const GgufFile& file, GgufVocabulary& out) {
  FieldReader(file).string("tokenizer.chat_template", out.chatTemplate);
  for (const std::string_view key : file.keys()) {
    if (!key.starts_with(kNamedTemplatePrefix)) continue;
    out.chatTemplates.emplace(key.substr(kNamedTemplatePrefix.size()), file.require(key).string());
  }
}

/// The table is a list of bytes, signed or not.
void readCharsmap(const GgufFile& file, GgufVocabulary& out) {
  const GgufValue* value = file.value("tokenizer.ggml.precompiled_charsmap");
  if (!value) return;
  for (const std::int64_t byte : value->integers())
    out.precompiledCharsmap.push_back(static_cast<char>(byte));
}

}  // namespace

GgufVocabulary readGgufVocabulary(const GgufFile& file) {
  return withContext(file.description(), [&] {
    GgufVocabulary result;
    readLists(file, result);
    const FieldReader fields(file);
    fields.string("tokenizer.huggingface.json", result.huggingFaceJson);
    if (result.tokens.empty())
      throw Error(ErrorKind::kInvalidInput,
                  "holds no vocabulary: \"tokenizer.ggml.tokens\" is missing or empty");
    fields.string("tokenizer.ggml.model", result.model);
    fields.string("tokenizer.ggml.pre", result.preTokenizer);
    readIds(file, result);
    fields.boolean("tokenizer.ggml.add_bos_token", result.addBos);
    fields.boolean("tokenizer.ggml.add_eos_token", result.addEos);
    fields.boolean("tokenizer.ggml.add_sep_token", result.addSeparator);
    fields.boolean("tokenizer.ggml.add_space_prefix", result.addSpacePrefix);
    fields.boolean("tokenizer.ggml.remove_extra_whitespaces", result.removeExtraWhitespace);
    readCharsmap(file, result);
    readTemplates(file, result);
    return result;
  });
}

}  // namespace orrery::checkpoint
