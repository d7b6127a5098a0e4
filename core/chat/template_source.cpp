#include "core/chat/template_source.h"

#include <algorithm>

#include "core/base/file.h"
#include "core/checkpoint/gguf.h"
#include "core/checkpoint/gguf_vocabulary.h"

namespace orrery::chat {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kTokenNames[] = {"bos_token", "eos_token", "unk_token", "sep_token",
                                            "pad_token", "cls_token", "mask_token"};

std::optional<Json> readIfThere(const fs::path& path) {
  if (!fs::exists(path)) return std::nullopt;
  return readJsonFile(path);
}

/// A template, or a list of objects with name and template.
void addTemplates(const JsonField& field, std::map<std::string, std::string>& templates) {
  if (field.json().is_string()) {
    templates["default"] = field.as<std::string>();
    return;
  }
  if (field.json().is_object()) {
    for (const auto& [name, text] : field.json().items())
      templates[name] = field.require<std::string>(name);
    return;
  }
  for (const JsonField& entry : field.elements())
    templates[entry.require<std::string>("name")] = entry.require<std::string>("template");
}

/// Special tokens are texts or objects with their text as "content".
void addSpecialTokens(const JsonField& config, OrderedJson& tokens) {
  for (const std::string_view name : kTokenNames) {
    const auto field = config.find(name);
    if (!field || tokens.contains(std::string(name))) continue;
    tokens[std::string(name)] = field->json().is_object() ? field->require<std::string>("content")
                                                          : field->as<std::string>();
  }
}

/// Takes the templates that a JSON file has as chat_template; says whether it has.
bool readTemplateField(const fs::path& file, TemplateSource& source) {
  const auto document = readIfThere(file);
  const auto field =
      document ? JsonField(*document, file.string()).find("chat_template") : std::nullopt;
  if (!field) return false;
  addTemplates(*field, source.templates);
  source.name = file.string();
  return true;
}

TemplateSource readFolder(const fs::path& folder) {
  TemplateSource source;
  for (const char* name : {"tokenizer_config.json", "special_tokens_map.json"})
    if (const auto tokens = readIfThere(folder / name))
      addSpecialTokens(JsonField(*tokens, (folder / name).string()), source.specialTokens);
  // A processor's own word comes first; the file of older ones before the templates by themselves.
  for (const char* name : {"processor_config.json", "chat_template.json"})
    if (readTemplateField(folder / name, source)) return source;
  if (const fs::path file = folder / "chat_template.jinja"; fs::exists(file)) {
    source.templates["default"] = readTextFile(file, 16u << 20);
    source.name = file.string();
  }
  if (const fs::path more = folder / "additional_chat_templates"; fs::is_directory(more))
    for (const auto& entry : fs::directory_iterator(more))
      if (entry.path().extension() == ".jinja")
        source.templates[entry.path().stem().string()] = readTextFile(entry.path(), 16u << 20);
  if (source.templates.empty()) readTemplateField(folder / "tokenizer_config.json", source);
  return source;
}

TemplateSource readGguf(const fs::path& path) {
  const auto file = checkpoint::GgufFile::open(path);
  const checkpoint::GgufVocabulary vocabulary = checkpoint::readGgufVocabulary(*file);
  TemplateSource source;
  source.name = path.string() + ": tokenizer.chat_template";
  source.templates = vocabulary.chatTemplates;
  if (!vocabulary.chatTemplate.empty()) source.templates["default"] = vocabulary.chatTemplate;
  const auto token = [&](const char* name, const std::optional<std::int64_t>& id) {
    if (id && *id >= 0 && static_cast<std::size_t>(*id) < vocabulary.tokens.size())
      source.specialTokens[name] = vocabulary.tokens[static_cast<std::size_t>(*id)];
  };
  token("bos_token", vocabulary.bos);
  token("eos_token", vocabulary.eos);
  token("unk_token", vocabulary.unknown);
  token("sep_token", vocabulary.separator);
  token("pad_token", vocabulary.padding);
  token("cls_token", vocabulary.cls);
  token("mask_token", vocabulary.mask);
  return source;
}

}  // namespace

ChatTemplate TemplateSource::parse(const std::string& wanted, bool hasTools) const {
  if (templates.empty()) throw Error(ErrorKind::kNotFound, "the model has no chat template");
  const bool useTools = wanted.empty() && hasTools && templates.contains("tool_use");
  const std::string chosen = !wanted.empty() ? wanted : useTools ? "tool_use" : "default";
  const auto found = templates.find(chosen);
  if (found == templates.end()) {
    std::string known;
    for (const auto& entry : templates) known += (known.empty() ? "" : ", ") + entry.first;
    throw Error(ErrorKind::kNotFound, "no chat template named {}, expected one of: {}",
                orrery::quoted(chosen), known)
        .in(name);
  }
  return ChatTemplate(found->second, chosen == "default" ? name : name + " (" + chosen + ")",
                      specialTokens);
}

TemplateSource readTemplates(const fs::path& path) {
  if (fs::is_directory(path)) return readFolder(path);
  if (!fs::exists(path))
    throw Error(ErrorKind::kNotFound, "no such folder or file").in(path.string());
  return readGguf(path);
}

}  // namespace orrery::chat
