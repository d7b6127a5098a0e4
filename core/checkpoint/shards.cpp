#include "core/checkpoint/shards.h"

#include "core/base/error.h"
#include "core/checkpoint/pytorch_zip.h"
#include "core/checkpoint/safetensors.h"

namespace orrery::checkpoint {
namespace {

/// A file name beside the index: an index from elsewhere must not make us open other folders.
void checkFileName(const JsonField& entry, const std::string& name) {
  const std::filesystem::path path(name);
  if (name.empty() || path != path.filename() || name == "." || name == "..")
    throw entry.error(
        fmt::format("expected the name of a file beside the index, found {}", quoted(name)));
}

std::shared_ptr<const WeightSource> openShard(const std::filesystem::path& path) {
  if (path.extension() == ".bin") return PytorchFile::open(path);
  return SafetensorsFile::open(path);
}

}  // namespace

std::shared_ptr<const ShardedSource> ShardedSource::open(const std::filesystem::path& index) {
  const Json document = readJsonFile(index);
  const JsonField weightMap = JsonField(document, index.string())["weight_map"];
  if (!weightMap.json().is_object())
    throw weightMap.error("expected an object of tensor and file names");
  std::shared_ptr<ShardedSource> result(new ShardedSource);
  result->description_ = index.string();
  for (const auto& item : weightMap.json().items()) {
    const auto fileName = weightMap.require<std::string>(item.key());
    checkFileName(weightMap[item.key()], fileName);
    auto& file = result->files_[fileName];
    if (!file) file = openShard(index.parent_path() / fileName);
    if (!file->find(item.key()))
      throw Error(ErrorKind::kInvalidInput, "tensor {} is missing, but {} says that it is here",
                  quoted(item.key()), index.filename().string())
          .in((index.parent_path() / fileName).string());
    result->places_.emplace(item.key(), file.get());
  }
  return result;
}

std::optional<TensorView> ShardedSource::find(std::string_view name) const {
  const auto found = places_.find(name);
  if (found == places_.end()) return std::nullopt;
  return found->second->find(name);
}

std::vector<std::string> ShardedSource::names() const {
  std::vector<std::string> names;
  for (const auto& [fileName, file] : files_)
    for (std::string& name : file->names()) {
      const auto place = places_.find(name);
      if (place != places_.end() && place->second == file.get()) names.push_back(std::move(name));
    }
  return names;
}

}  // namespace orrery::checkpoint
