// Which file of a checkpoint holds the tokenizer.

#include <algorithm>

#include "core/base/file.h"
#include "core/base/file_kind.h"
#include "core/checkpoint/gguf.h"
#include "core/tokenizers/formats/gguf.h"
#include "core/tokenizers/formats/tokenizer_json.h"
#include "core/tokenizers/formats/vocabulary_files.h"
#include "core/tokenizers/tokenizer.h"

namespace orrery::tokenizers {
namespace {

namespace fs = std::filesystem;

/// An object; empty if there is no such file.
Json readObject(const fs::path& path) {
  if (!fs::exists(path)) return Json::object();
  Json json = readJsonFile(path);
  if (!json.is_object())
    throw JsonField(json, path.string())
        .error(fmt::format("expected an object, found {}", jsonExcerpt(json)));
  return json;
}

/// Whether the configuration gives this token a role or lists it as special.
bool isSpecial(const std::string& text, const Json& config) {
  const auto matches = [&](const Json& token) {
    return token == text || (token.is_object() && token.value("content", Json()) == text);
  };
  for (const auto& [key, value] : config.items()) {
    if (key.ends_with("_token") && matches(value)) return true;
    if (key.ends_with("_special_tokens") && value.is_array() &&
        std::any_of(value.begin(), value.end(), matches))
      return true;
  }
  return false;
}

/// The tokens of added_tokens.json in the form of added_tokens_decoder.
Json readAddedTokens(const fs::path& file, const Json& config) {
  Json decoder = Json::object();
  const Json ids = readObject(file);
  for (const auto& [text, id] : ids.items()) {
    const auto number = JsonField(id, fmt::format("{}: {}", file.string(), orrery::quoted(text)))
                            .as<std::int64_t>();
    const bool special = isSpecial(text, config);
    decoder[std::to_string(number)] = {
        {"content", text}, {"special", special}, {"normalized", !special}};
  }
  return decoder;
}

/// tokenizer_config.json, with what older folders have in files of their own.
Json readConfig(const fs::path& folder) {
  Json config = readObject(folder / "tokenizer_config.json");
  if (config.contains("added_tokens_decoder")) return config;
  config.update(readObject(folder / "special_tokens_map.json"));
  return config;
}

std::shared_ptr<const Tokenizer> loadVocabulary(const fs::path& file) {
  const fs::path folder = file.parent_path();
  Json config = readConfig(folder);
  // A tokenizer.json has these itself, and knows more of them.
  if (!config.contains("added_tokens_decoder"))
    config["added_tokens_decoder"] = readAddedTokens(folder / "added_tokens.json", config);
  return std::make_shared<const Tokenizer>(
      readVocabularyFile(file, config, readObject(folder / "config.json")));
}

std::shared_ptr<const Tokenizer> loadFolder(const fs::path& folder) {
  const fs::path file = folder / "tokenizer.json";
  if (fs::exists(file)) {
    const Json config = readConfig(folder);
    return Tokenizer::fromJson(readJsonFile(file), file.string(), &config);
  }
  if (const auto vocabulary = findVocabularyFile(folder)) return loadVocabulary(*vocabulary);
  throw Error(ErrorKind::kNotFound,
              "no tokenizer here, expected tokenizer.json, a sentencepiece model, vocab.json or "
              "vocab.txt")
      .in(folder.string());
}

}  // namespace

std::shared_ptr<const Tokenizer> Tokenizer::fromJson(const Json& json, const std::string& source,
                                                     const Json* config) {
  Parts parts = readTokenizerJson(JsonField(json, source));
  if (config) {
    const fs::path beside = fs::path(source).parent_path() / "tokenizer_config.json";
    applyTokenizerConfig(parts, JsonField(*config, beside.string()));
  }
  return std::make_shared<const Tokenizer>(std::move(parts));
}

std::shared_ptr<const Tokenizer> Tokenizer::load(const fs::path& path) {
  if (fs::is_directory(path)) return loadFolder(path);
  if (!fs::exists(path))
    throw Error(ErrorKind::kNotFound, "no such file or folder").in(path.string());
  if (path.extension() == ".gguf" || isGgufFile(path)) {
    const auto file = checkpoint::GgufFile::open(path);
    return withContext(path.string(), [&] {
      return fromGguf(checkpoint::readGgufVocabulary(*file), file->architecture());
    });
  }
  if (isVocabularyFile(path)) return loadVocabulary(path);
  if (path.extension() != ".json")
    throw Error(
        ErrorKind::kUnsupported,
        "expected a folder, a tokenizer.json, a sentencepiece .model, vocab.json, vocab.txt "
        "or a .gguf file")
        .in(path.string());
  const Json config = readConfig(path.parent_path());
  return fromJson(readJsonFile(path), path.string(), &config);
}

}  // namespace orrery::tokenizers
