#pragma once

#include <filesystem>
#include <vector>

#include "core/hub/download.h"

namespace orrery::cli {

/// The files of the revision as the hub has it now; the list is read from the cache if it is there.
hub::RepositoryTree askTree(hub::HttpClient& client, const hub::RepositoryCache& cache,
                            const hub::ModelReference& model, const CancelToken& cancel);

/// A plan, and the cache it is for.
struct PlacedPlan {
  hub::RepositoryCache cache;
  hub::DownloadPlan plan;
};

/// The plan of the first cache that has it all, else of the first there is.
PlacedPlan placePlan(const std::vector<std::filesystem::path>& caches,
                     const hub::ModelReference& model, const hub::RepositoryTree& tree,
                     const hub::FileChoice& choice);

/// The same from the caches alone when the hub is switched off, else asked of the hub.
PlacedPlan planFor(hub::HttpClient& client, const std::vector<std::filesystem::path>& caches,
                   const hub::ModelReference& model, const hub::FileChoice& choice,
                   const CancelToken& cancel);

/// What a plan would fetch, what is there, and what is saved, in one or two lines.
std::string describePlan(const hub::DownloadPlan& plan, const hub::FileChoice& choice);

/// Carries out a plan, with progress on standard error; Ctrl+C ends it where it can go on. A rate
/// of 0: as fast as it comes.
std::filesystem::path downloadWithProgress(hub::HttpClient& client,
                                           const hub::RepositoryCache& cache,
                                           const hub::DownloadPlan& plan, double bytesPerSecond);

/// A token that Ctrl+C and a request to terminate cancel, from the first call on.
CancelToken cancelOnInterrupt();

}  // namespace orrery::cli
