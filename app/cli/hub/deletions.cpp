#include "app/cli/hub/deletions.h"

#include "core/base/error.h"

namespace orrery::cli {
namespace {

void planDeletion(const std::vector<hub::CacheScan>& scans, const DeletionTarget& target,
                  std::vector<hub::DeletionPlan>& plans) {
  const auto model = hub::parseModelReference(target.model);
  const bool whole = target.model.find('@') == target.model.npos;
  std::optional<Error> nowhere;
  bool found = false;
  for (std::size_t i = 0; i < scans.size(); ++i) {
    if (!target.cache.empty() && scans[i].folder != target.cache) continue;
    try {
      plans[i].add(hub::planDeletion(scans[i], model.id,
                                     whole ? std::nullopt : std::optional(model.revision)));
      found = true;
    } catch (const Error& error) {
      if (error.kind() != ErrorKind::kNotFound) throw;
      if (!nowhere) nowhere = error;
    }
  }
  if (found) return;
  if (nowhere) throw *nowhere;
  throw Error(ErrorKind::kNotFound, "is none of the caches").in(target.cache.string());
}

}  // namespace

std::vector<hub::CacheScan> scanCaches(const std::vector<std::filesystem::path>& folders,
                                       const CancelToken& cancel) {
  std::vector<hub::CacheScan> scans;
  for (const auto& folder : folders) scans.push_back(hub::scanCache(folder, cancel));
  return scans;
}

std::vector<hub::DeletionPlan> planDeletions(const std::vector<hub::CacheScan>& scans,
                                             const std::vector<DeletionTarget>& targets) {
  std::vector<hub::DeletionPlan> plans(scans.size());
  for (const DeletionTarget& target : targets) planDeletion(scans, target, plans);
  return plans;
}

void addPruning(const std::vector<hub::CacheScan>& scans, bool detached,
                std::vector<hub::DeletionPlan>& plans) {
  for (std::size_t i = 0; i < scans.size(); ++i) plans[i].add(hub::planPruning(scans[i], detached));
}

hub::DeletionPlan sumOf(const std::vector<hub::DeletionPlan>& plans) {
  hub::DeletionPlan all;
  for (const hub::DeletionPlan& plan : plans) all.add(plan);
  return all;
}

std::uint64_t executeDeletions(const std::vector<hub::DeletionPlan>& plans) {
  std::uint64_t freed = 0;
  for (const hub::DeletionPlan& plan : plans)
    if (!plan.empty()) freed += hub::executeDeletion(plan);
  return freed;
}

}  // namespace orrery::cli
