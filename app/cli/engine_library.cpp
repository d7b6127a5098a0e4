#include "app/cli/engine_library.h"

#include <algorithm>
#include <set>

#include "app/cli/engine_describe.h"
#include "app/cli/engine_stats.h"
#include "core/base/file.h"
#include "core/hub/local_collections.h"

namespace orrery::engine {
namespace {

namespace fs = std::filesystem;
using protocol::ListModelsParams;
using protocol::ListModelsResult;

constexpr int kMaxDepth = 6;          // of folders below the one that was named
constexpr int kMaxEntries = 200'000;  // looked at in one listing: someone will name /

bool isModelFolder(const fs::path& folder) {
  std::error_code ignored;
  if (!fs::exists(folder / "config.json", ignored)) return false;
  for (const char* name : {"model.safetensors", "model.safetensors.index.json", "pytorch_model.bin",
                           "pytorch_model.bin.index.json"})
    if (fs::exists(folder / name, ignored)) return true;
  return false;
}

class Listing {
 public:
  Listing(const ListModelsParams& params, const CancelToken& cancel)
      : params_(params), cancel_(cancel) {}

  void search(const fs::path& place, const std::string& source, const std::string& name = {},
              int depth = 0) {
    cancel_.throwIfCancelled();
    std::error_code ignored;
    if (++entries_ > kMaxEntries) return;
    if (fs::is_regular_file(place, ignored)) {
      if (hub::isModelFile(place)) add(place, source, name);
    } else if (isModelFolder(place)) {
      add(place, source, name);
    } else if (depth < kMaxDepth) {
      for (const fs::path& entry : visibleEntries(place)) search(entry, source, name, depth + 1);
    }
  }

  /// The revision that "main" names, or the newest, of every model in the hub's cache.
  void searchHub(const fs::path& cache) {
    for (const fs::path& repository : visibleEntries(cache)) {
      std::string name = repository.filename().string();
      if (!name.starts_with("models--")) continue;
      name.erase(0, 8);
      if (const auto dashes = name.find("--"); dashes != name.npos) {
        name[dashes] = '/';
        name.erase(dashes + 1, 1);
      }
      if (const fs::path snapshot = currentSnapshot(repository); !snapshot.empty())
        search(snapshot, "hub", name);
    }
  }

  /// GGUF files where other programs keep them.
  void searchCollections() {
    const auto scan = hub::scanCollections(hub::CollectionFolders::fromEnvironment(), cancel_);
    for (const auto& model : scan.models) add(model.file, model.program, model.name);
    for (const auto& problem : scan.problems)
      result_.problems.push_back({problem.path.string(), problem.message});
  }

  ListModelsResult take() {
    std::ranges::sort(result_.models, {}, &protocol::ModelEntry::name);
    result_.availableBytes = measureProcess().availableBytes;
    return std::move(result_);
  }

 private:
  static std::vector<fs::path> visibleEntries(const fs::path& folder) {
    std::vector<fs::path> entries;
    std::error_code failure;
    for (fs::directory_iterator at(folder, failure), end; !failure && at != end;
         at.increment(failure))
      if (!at->path().filename().string().starts_with('.')) entries.push_back(at->path());
    std::ranges::sort(entries);
    return entries;
  }

  static fs::path currentSnapshot(const fs::path& repository) {
    std::error_code ignored;
    try {
      std::string revision = readTextFile(repository / "refs" / "main", 1024);
      while (revision.ends_with('\n')) revision.pop_back();
      const fs::path named = repository / "snapshots" / revision;
      if (fs::is_directory(named, ignored)) return named;
    } catch (const Error&) {
      // No branch was asked for by name: any revision will do.
    }
    const auto snapshots = visibleEntries(repository / "snapshots");
    const auto newest = std::ranges::max_element(snapshots, {}, [&](const fs::path& snapshot) {
      return fs::last_write_time(snapshot, ignored);
    });
    return newest == snapshots.end() ? fs::path() : *newest;
  }

  void add(const fs::path& path, const std::string& source, const std::string& name) {
    std::error_code ignored;
    if (!seen_.insert(fs::weakly_canonical(path, ignored)).second) return;
    try {
      protocol::ModelEntry entry = describeModel(path, params_.contextTokens);
      entry.source = source;
      if (!name.empty()) entry.name = name;
      result_.models.push_back(std::move(entry));
    } catch (const Error& error) {
      result_.problems.push_back({path.string(), error.what()});
    }
  }

  const ListModelsParams& params_;
  const CancelToken& cancel_;
  std::set<fs::path> seen_;
  int entries_ = 0;
  ListModelsResult result_;
};

}  // namespace

ListModelsResult listModels(const ListModelsParams& params, const std::vector<fs::path>& hubCaches,
                            const CancelToken& cancel) {
  Listing listing(params, cancel);
  if (params.dataFolder) listing.search(dataFolder(), "data");
  if (params.hubCache)
    for (const fs::path& cache : hubCaches) listing.searchHub(cache);
  if (params.collections) listing.searchCollections();
  for (const std::string& folder : params.folders) listing.search(folder, "folder");
  return listing.take();
}

}  // namespace orrery::engine
