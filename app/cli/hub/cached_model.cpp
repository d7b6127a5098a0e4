#include "app/cli/hub/cached_model.h"

#include <algorithm>

#include "core/hub/local_collections.h"

namespace orrery::cli {
namespace {

namespace fs = std::filesystem;

/// Weights that a folder is opened for, not one of its files.
bool isFolderWeights(const std::string& name) {
  if (name.find('/') != name.npos) return false;
  return name.ends_with(".safetensors") ||
         (name.starts_with("pytorch_model") && name.ends_with(".bin"));
}

std::string openedPath(const fs::path& snapshot, const std::vector<std::string>& names) {
  const auto gguf = std::ranges::find_if(names, hub::isModelFile);
  const bool folder = gguf == names.end() || std::ranges::any_of(names, isFolderWeights);
  return (folder ? snapshot : snapshot / *gguf).string();
}

}  // namespace

std::vector<CachedPlace> placesOf(const std::vector<fs::path>& caches,
                                  const hub::ModelReference& model) {
  std::vector<CachedPlace> places;
  for (const fs::path& folder : caches) {
    hub::RepositoryCache cache(folder, model.id);
    std::error_code failure;
    if (auto commit = cache.commitOf(model.revision);
        commit && fs::is_directory(cache.snapshot(*commit), failure))
      places.push_back({std::move(cache), std::move(*commit)});
  }
  return places;
}

std::string openedPath(const fs::path& snapshot, const hub::DownloadPlan& plan) {
  std::vector<std::string> names;
  for (const hub::PlannedFile& planned : plan.files) names.push_back(planned.file.path);
  return openedPath(snapshot, names);
}

std::string openedPath(const fs::path& snapshot) {
  std::vector<std::string> names;
  std::error_code failure;
  for (fs::directory_iterator at(snapshot, failure), end; !failure && at != end;
       at.increment(failure))
    names.push_back(at->path().filename().string());
  std::ranges::sort(names);
  return openedPath(snapshot, names);
}

VerifiedModel verifyCached(hub::HttpClient& client, const std::vector<fs::path>& caches,
                           const hub::ModelReference& model, const CancelToken& cancel,
                           const ProgressCallback& progress) {
  const auto places = placesOf(caches, model);
  if (places.empty())
    throw Error(ErrorKind::kNotFound, "revision {} is not in the cache {}", quoted(model.revision),
                caches.front().string())
        .in(model.id);
  const auto& [cache, commit] = places.front();
  auto tree = cache.readTree(commit);
  if (!tree) tree = hub::fetchTree(client, model.id, commit, cancel);
  return {commit, hub::verifyRevision(cache, *tree, cancel, progress)};
}

}  // namespace orrery::cli
