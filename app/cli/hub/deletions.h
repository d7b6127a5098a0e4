#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "core/hub/cache_delete.h"

/// Deletions in several caches: planned in whole before anything is deleted.
namespace orrery::cli {

std::vector<hub::CacheScan> scanCaches(const std::vector<std::filesystem::path>& folders,
                                       const CancelToken& cancel);

struct DeletionTarget {
  std::string model;            ///< "org/name", or "org/name@revision" for that revision only
  std::filesystem::path cache;  ///< empty: every cache that has it
};

/// One plan for each scan. An Error if a target is nowhere.
std::vector<hub::DeletionPlan> planDeletions(const std::vector<hub::CacheScan>& scans,
                                             const std::vector<DeletionTarget>& targets);

/// Adds to each plan what no revision needs, and with `detached` revisions without a name.
void addPruning(const std::vector<hub::CacheScan>& scans, bool detached,
                std::vector<hub::DeletionPlan>& plans);

/// All plans as one, to be told.
hub::DeletionPlan sumOf(const std::vector<hub::DeletionPlan>& plans);

/// Carries all plans out; returns the bytes freed.
std::uint64_t executeDeletions(const std::vector<hub::DeletionPlan>& plans);

}  // namespace orrery::cli
