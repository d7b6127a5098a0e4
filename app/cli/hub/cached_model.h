#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "core/hub/cache_verify.h"
#include "core/hub/download_plan.h"
#include "core/hub/http_client.h"
#include "core/hub/repo_id.h"

/// Models in one or several caches.
namespace orrery::cli {

/// A revision that a cache has something of.
struct CachedPlace {
  hub::RepositoryCache cache;
  std::string commit;

  std::filesystem::path snapshot() const { return cache.snapshot(commit); }
};

/// The caches that have the revision, in their order.
std::vector<CachedPlace> placesOf(const std::vector<std::filesystem::path>& caches,
                                  const hub::ModelReference& model);

/// What is opened of a snapshot: the folder, or the GGUF file where that is what has the weights,
/// its first part where it has several. `plan`: the files that are wanted of it.
std::string openedPath(const std::filesystem::path& snapshot, const hub::DownloadPlan& plan);
/// Of a snapshot whose files nobody listed: those that are there.
std::string openedPath(const std::filesystem::path& snapshot);

struct VerifiedModel {
  std::string commit;
  hub::Verification found;
};

/// Compares the first cache's copy with what was published, asking the hub only for a list of files
/// that the cache has not kept. An Error if no cache has the revision.
VerifiedModel verifyCached(hub::HttpClient& client,
                           const std::vector<std::filesystem::path>& caches,
                           const hub::ModelReference& model, const CancelToken& cancel,
                           const ProgressCallback& progress);

}  // namespace orrery::cli
