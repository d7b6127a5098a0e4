// Which file of a checkpoint holds the tokenizer.

#include "core/base/file.h"
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

/// Tokens that older files list as texts and ids, in the form of added_tokens_decoder.
Json addedTokens(const Json& idsByText, const Json& config) {
  Json decoder = Json::object();
  for (const auto& [text, id] : idsByText.items()) {
    if (!id.is_number_integer()) continue;
    bool special = false;
    for (const auto& [role, token] : config.items())
      special = special || (role.ends_with("_token") && token == text);
    decoder[id.dump()] = {{"content", text}, {"special", special}, {"normalized", !special}};
  }
  return decoder;
}

/// tokenizer_config.json, with what older folders have in files of their own.
Json readConfig(const fs::path& folder) {
  Json config = readObject(folder / "tokenizer_config.json");
  if (config.contains("added_tokens_decoder")) return config;
  config.update(readObject(folder / "special_tokens_map.json"));
  const Json added = readObject(folder / "added_tokens.json");
  if (!added.empty()) config["added_tokens_decoder"] = addedTokens(added, config);
  return config;
}

std::shared_ptr<const Tokenizer> loadVocabulary(const fs::path& file) {
  const fs::path folder = file.parent_path();
  return std::make_shared<const Tokenizer>(
      readVocabularyFile(file, readConfig(folder), readObject(folder / "config.json")));
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
  if (path.extension() == ".gguf") {
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
