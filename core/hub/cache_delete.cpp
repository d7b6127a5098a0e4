#include "core/hub/cache_delete.h"

#include <algorithm>
#include <set>

#include "core/base/error.h"
#include "core/hub/file_lock.h"
#include "core/hub/shared_store.h"

namespace orrery::hub {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kShortestCommit = 5;

void append(std::vector<fs::path>& to, const std::vector<fs::path>& from) {
  to.insert(to.end(), from.begin(), from.end());
}

/// Where the lock of a blob, complete or not, is.
fs::path lockOf(const fs::path& cacheFolder, const fs::path& blob) {
  const std::string name = blob.filename().string();
  const fs::path repository = blob.parent_path().parent_path().filename();
  return cacheFolder / ".locks" / repository / (name.substr(0, name.find('.')) + ".lock");
}

/// Not where a link led out of the cache.
bool isInside(const fs::path& path, const fs::path& folder) {
  const fs::path relative = path.lexically_normal().lexically_relative(folder.lexically_normal());
  return !relative.empty() && *relative.begin() != ".." && relative != ".";
}

/// Bytes that go with these blobs; a blob that links into the shared store has none of its own.
std::uint64_t bytesOf(const fs::path& cacheFolder, const std::set<fs::path>& blobs) {
  std::uint64_t sum = 0;
  std::set<fs::path> contents;
  for (const fs::path& blob : blobs) {
    std::error_code failure;
    if (auto content = storeTarget(cacheFolder, blob))
      contents.insert(*content);
    else if (const auto size = fs::file_size(blob, failure); !failure)
      sum += size;
  }
  for (const fs::path& content : contents) sum += freedInStore(cacheFolder, content, blobs);
  return sum;
}

const CachedRevision& findRevision(const CachedRepository& repository, const std::string& name) {
  const CachedRevision* found = nullptr;
  for (const CachedRevision& revision : repository.revisions) {
    const bool named = std::ranges::find(revision.refs, name) != revision.refs.end();
    const bool begins = name.size() >= kShortestCommit && revision.commit.starts_with(name);
    if (!named && !begins) continue;
    if (found && !named)
      throw Error(ErrorKind::kInvalidInput, "{} is the beginning of several commits", quoted(name))
          .in(repository.id);
    found = &revision;
    if (named) break;
  }
  if (!found)
    throw Error(ErrorKind::kNotFound, "the cache has no revision {} of it", quoted(name))
        .in(repository.id);
  return *found;
}

DeletionPlan planRepository(const CacheScan& scan, const CachedRepository& repository) {
  DeletionPlan plan{scan.folder, {repository.folder}, {}, {}, {}, 0};
  std::set<fs::path> blobs;
  for (const CachedRevision& revision : repository.revisions)
    for (const CachedFile& file : revision.files)
      if (isInside(file.blob, scan.folder)) blobs.insert(file.blob);
  for (const LooseFile& file : repository.unreferenced) blobs.insert(file.path);
  for (const LooseFile& file : repository.incomplete) blobs.insert(file.path);
  plan.blobs.assign(blobs.begin(), blobs.end());
  plan.bytesFreed = bytesOf(scan.folder, blobs);
  return plan;
}

/// Some revisions, not all: their blobs go unless another revision has them.
DeletionPlan planRevisions(const CacheScan& scan, const CachedRepository& repository,
                           const std::set<const CachedRevision*>& revisions) {
  DeletionPlan plan{scan.folder, {}, {}, {}, {}, 0};
  std::set<fs::path> kept;
  std::set<fs::path> blobs;
  for (const CachedRevision& revision : repository.revisions)
    if (!revisions.contains(&revision))
      for (const CachedFile& file : revision.files) kept.insert(file.blob);
  for (const CachedRevision* revision : revisions) {
    plan.snapshots.push_back(revision->folder);
    plan.files.push_back(repository.folder / "trees" / (revision->commit + ".json"));
    for (const std::string& ref : revision->refs)
      plan.files.push_back(repository.folder / "refs" / ref);
    for (const CachedFile& file : revision->files)
      if (!kept.contains(file.blob) && isInside(file.blob, scan.folder)) blobs.insert(file.blob);
  }
  plan.bytesFreed = bytesOf(scan.folder, blobs);
  plan.blobs.assign(blobs.begin(), blobs.end());
  return plan;
}

void removeAll(const std::vector<fs::path>& paths, const fs::path& cacheFolder) {
  for (const fs::path& path : paths) {
    if (!isInside(path, cacheFolder)) continue;  // a link led out of the cache
    std::error_code failure;
    fs::remove_all(path, failure);
    if (failure)
      throw Error(ErrorKind::kIo, "cannot be deleted: {}", failure.message()).in(path.string());
  }
}

std::vector<FileLock> lockAll(const DeletionPlan& plan) {
  std::vector<FileLock> locks;
  for (const fs::path& blob : plan.blobs) {
    const fs::path path = lockOf(plan.cacheFolder, blob);
    std::error_code ignored;
    if (!fs::exists(path, ignored)) continue;
    auto lock = FileLock::tryAcquire(path);
    if (!lock && !std::ranges::any_of(plan.blobs, [&](const fs::path& other) {
          return &other < &blob && lockOf(plan.cacheFolder, other) == path;
        }))
      throw Error(ErrorKind::kIo, "is being downloaded now, so nothing is deleted")
          .in(blob.string());
    if (lock) locks.push_back(std::move(*lock));
  }
  return locks;
}

}  // namespace

void DeletionPlan::add(const DeletionPlan& other) {
  cacheFolder = other.cacheFolder;
  append(repositories, other.repositories);
  append(snapshots, other.snapshots);
  append(files, other.files);
  append(blobs, other.blobs);
  bytesFreed += other.bytesFreed;
}

DeletionPlan planDeletion(const CacheScan& scan, const std::string& id,
                          const std::optional<std::string>& revision) {
  const CachedRepository* repository = scan.findModel(id);
  if (!repository)
    throw Error(ErrorKind::kNotFound, "is not in the cache {}", scan.folder.string()).in(id);
  if (!revision) return planRepository(scan, *repository);
  const CachedRevision& found = findRevision(*repository, *revision);
  if (repository->revisions.size() == 1) return planRepository(scan, *repository);
  return planRevisions(scan, *repository, {&found});
}

DeletionPlan planPruning(const CacheScan& scan, bool detached) {
  DeletionPlan plan;
  plan.cacheFolder = scan.folder;
  for (const CachedRepository& repository : scan.repositories) {
    std::set<const CachedRevision*> unnamed;
    for (const CachedRevision& revision : repository.revisions)
      if (detached && revision.refs.empty()) unnamed.insert(&revision);
    if (!unnamed.empty() && unnamed.size() == repository.revisions.size()) {
      plan.add(planRepository(scan, repository));
      continue;
    }
    if (!unnamed.empty()) plan.add(planRevisions(scan, repository, unnamed));
    std::set<fs::path> loose;
    for (const LooseFile& file : repository.unreferenced) loose.insert(file.path);
    for (const LooseFile& file : repository.incomplete) {
      const fs::path lock = lockOf(scan.folder, file.path);
      std::error_code ignored;
      if (!fs::exists(lock, ignored) || FileLock::tryAcquire(lock)) loose.insert(file.path);
    }
    plan.bytesFreed += bytesOf(scan.folder, loose);
    plan.blobs.insert(plan.blobs.end(), loose.begin(), loose.end());
  }
  return plan;
}

std::uint64_t executeDeletion(const DeletionPlan& plan) {
  const auto locks = lockAll(plan);
  std::set<fs::path> contents;
  std::uint64_t swept = 0;
  std::uint64_t expectedInStore = 0;
  const std::set<fs::path> gone(plan.blobs.begin(), plan.blobs.end());
  for (const fs::path& blob : plan.blobs)
    if (auto content = storeTarget(plan.cacheFolder, blob)) contents.insert(*content);
  for (const fs::path& content : contents)
    expectedInStore += freedInStore(plan.cacheFolder, content, gone);
  removeAll(plan.snapshots, plan.cacheFolder);
  removeAll(plan.files, plan.cacheFolder);
  removeAll(plan.repositories, plan.cacheFolder);
  removeAll(plan.blobs, plan.cacheFolder);
  for (const fs::path& content : contents) swept += sweepStore(plan.cacheFolder, content);
  return plan.bytesFreed - expectedInStore + swept;
}

}  // namespace orrery::hub
