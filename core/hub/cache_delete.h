#pragma once

#include <optional>

#include "core/hub/cache_scan.h"
#include "core/hub/repo_id.h"

namespace orrery::hub {

/// What a deletion would remove, before anything is removed.
struct DeletionPlan {
  std::filesystem::path cacheFolder;
  std::vector<std::filesystem::path> repositories;  ///< whole folders
  std::vector<std::filesystem::path> snapshots;
  std::vector<std::filesystem::path> files;  ///< refs and trees
  std::vector<std::filesystem::path> blobs;  ///< in the end, so that no link is left without one
  std::uint64_t bytesFreed = 0;

  bool empty() const {
    return repositories.empty() && snapshots.empty() && files.empty() && blobs.empty();
  }
  void add(const DeletionPlan& other);
};

/// A model, or one revision of it (a commit, its beginning of at least 5 digits, or the name of a
/// branch). An Error if the cache has no such thing.
DeletionPlan planDeletion(const CacheScan& scan, const std::string& id,
                          const std::optional<std::string>& revision);

/// Blobs that no revision has, and what downloads left that nobody goes on with; with `detached`,
/// also revisions that no branch or tag names.
DeletionPlan planPruning(const CacheScan& scan, bool detached);

/// Removes what the plan says and returns the bytes freed in the end. An Error, before anything is
/// removed, if a blob of it is being downloaded.
std::uint64_t executeDeletion(const DeletionPlan& plan);

}  // namespace orrery::hub
