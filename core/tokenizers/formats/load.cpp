// Which file of a checkpoint holds the tokenizer.

#include "core/base/file.h"
#include "core/checkpoint/gguf.h"
#include "core/tokenizers/formats/gguf.h"
#include "core/tokenizers/formats/tokenizer_json.h"
#include "core/tokenizers/tokenizer.h"

namespace orrery::tokenizers {
namespace {

namespace fs = std::filesystem;

std::optional<Json> readIfThere(const fs::path& path) {
  if (!fs::exists(path)) return std::nullopt;
  return readJsonFile(path);
}

/// special_tokens_map.json only counts for what tokenizer_config.json leaves out.
Json readConfig(const fs::path& folder) {
  Json config = readIfThere(folder / "tokenizer_config.json").value_or(Json::object());
  if (!config.is_object() || config.contains("added_tokens_decoder")) return config;
  const auto map = readIfThere(folder / "special_tokens_map.json");
  if (!map || !map->is_object()) return config;
  for (const auto& [role, token] : map->items())
    if (!config.contains(role)) config[role] = token;
  return config;
}

std::shared_ptr<const Tokenizer> loadFolder(const fs::path& folder) {
  const fs::path file = folder / "tokenizer.json";
  if (!fs::exists(file))
    throw Error(ErrorKind::kNotFound, "no tokenizer here, expected tokenizer.json")
        .in(folder.string());
  const Json config = readConfig(folder);
  return Tokenizer::fromJson(readJsonFile(file), file.string(), &config);
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
  if (path.extension() != ".json")
    throw Error(ErrorKind::kUnsupported, "expected a folder, a tokenizer.json or a .gguf file")
        .in(path.string());
  const Json config = readConfig(path.parent_path());
  return fromJson(readJsonFile(path), path.string(), &config);
}

}  // namespace orrery::tokenizers
