#include "core/checkpoint/checkpoint.h"

#include "core/base/error.h"
#include "core/checkpoint/gguf_mapping.h"
#include "core/checkpoint/pytorch_zip.h"
#include "core/checkpoint/safetensors.h"
#include "core/checkpoint/shards.h"

namespace orrery::checkpoint {
namespace {

namespace fs = std::filesystem;

Json readObject(const fs::path& path) {
  Json document = readJsonFile(path);
  if (!document.is_object())
    throw Error(ErrorKind::kInvalidInput, "expected a JSON object, found {}", jsonExcerpt(document))
        .in(path.string());
  return document;
}

Checkpoint openFolder(const fs::path& folder) {
  Checkpoint result;
  result.folderOrFile = folder;
  result.config = readObject(folder / "config.json");
  result.weights = openFolderWeights(folder);
  const fs::path generation = folder / "generation_config.json";
  if (fs::exists(generation)) result.generationConfig = readObject(generation);
  return result;
}

Checkpoint openGguf(const fs::path& path) {
  const auto file = GgufFile::open(path);
  GgufModel model = mapGguf(file);
  return {std::move(model.config), path, std::move(model.weights),
          std::move(model.generationConfig), file};
}

}  // namespace

std::string Checkpoint::configName() const {
  return gguf ? folderOrFile.string() : (folderOrFile / "config.json").string();
}

std::shared_ptr<const WeightSource> openFolderWeights(const fs::path& folder) {
  if (fs::exists(folder / "model.safetensors"))
    return SafetensorsFile::open(folder / "model.safetensors");
  if (fs::exists(folder / "model.safetensors.index.json"))
    return ShardedSource::open(folder / "model.safetensors.index.json");
  if (fs::exists(folder / "pytorch_model.bin"))
    return PytorchFile::open(folder / "pytorch_model.bin");
  if (fs::exists(folder / "pytorch_model.bin.index.json"))
    return ShardedSource::open(folder / "pytorch_model.bin.index.json");
  throw Error(
      ErrorKind::kNotFound,
      "holds no weights: expected model.safetensors, pytorch_model.bin or an index of either")
      .in(folder.string());
}

Checkpoint openCheckpoint(const fs::path& path) {
  std::error_code ignored;
  if (!fs::exists(path, ignored))
    throw Error(ErrorKind::kNotFound, "no such file or folder").in(path.string());
  if (fs::is_directory(path, ignored)) return openFolder(path);
  return openGguf(path);
}

}  // namespace orrery::checkpoint
