// The engine's side of downloads and of the cache.

#include <algorithm>
#include <filesystem>

#include "app/cli/engine_hub.h"
#include "app/cli/hub/cached_model.h"
#include "app/cli/hub/deletions.h"
#include "app/cli/hub/download_model.h"

namespace orrery::engine {
namespace {

namespace fs = std::filesystem;
using namespace protocol;

std::int64_t signedCount(std::uint64_t count) {
  return static_cast<std::int64_t>(count);
}

std::int64_t secondsOf(hub::FileTime time) {
  return time.time_since_epoch().count();
}

/// Of the disk that holds `folder`, or would; nothing if it cannot be told.
std::optional<fs::space_info> spaceAt(fs::path folder) {
  std::error_code failure;
  while (!fs::exists(folder, failure) && folder.has_parent_path() && folder != folder.parent_path())
    folder = folder.parent_path();
  const auto space = fs::space(folder, failure);
  return failure ? std::nullopt : std::optional(space);
}

HubPlan planOf(const cli::PlacedPlan& placed) {
  const hub::DownloadPlan& plan = placed.plan;
  const fs::path cache = placed.cache.folder().parent_path();
  const auto space = spaceAt(cache);
  HubPlan result{.id = plan.id,
                 .revision = plan.revision,
                 .commit = plan.tree.commit,
                 .bytesWanted = signedCount(plan.bytesWanted()),
                 .bytesLeft = signedCount(plan.bytesLeft()),
                 .bytesInRepository = signedCount(plan.bytesInRepository()),
                 .cache = cache.string(),
                 .diskFree = space ? signedCount(space->available) : -1};
  for (const hub::PlannedFile& planned : plan.files)
    result.files.push_back({planned.file.path, signedCount(planned.file.size), planned.present,
                            signedCount(planned.left())});
  return result;
}

hub::FileChoice choiceOf(const std::vector<std::string>& files, bool all) {
  hub::FileChoice choice;
  choice.names = files;
  choice.all = all;
  return choice;
}

/// Takes a download's name from the list when the request ends, however it ends.
class Named {
 public:
  Named(RunningDownloads& all, std::string name)
      : all_(all), name_(std::move(name)), control_(all.begin(name_)) {}
  ~Named() { all_.end(name_); }
  Named(const Named&) = delete;
  hub::DownloadControl& control() { return *control_; }

 private:
  RunningDownloads& all_;
  std::string name_;
  std::shared_ptr<hub::DownloadControl> control_;
};

CachedHubRepository describe(const hub::CachedRepository& repository) {
  CachedHubRepository result{.id = repository.id,
                             .type = repository.type,
                             .size = signedCount(repository.bytes),
                             .accessed = secondsOf(repository.accessed),
                             .modified = secondsOf(repository.modified),
                             .path = repository.folder.string()};
  for (const hub::CachedRevision& revision : repository.revisions)
    result.revisions.push_back({revision.commit, revision.refs, signedCount(revision.bytes),
                                signedCount(revision.sharedBytes), secondsOf(revision.modified),
                                revision.folder.string(), static_cast<int>(revision.files.size())});
  for (const auto* loose : {&repository.unreferenced, &repository.incomplete})
    for (const hub::LooseFile& file : *loose) result.looseBytes += signedCount(file.bytes);
  return result;
}

CachedHubFolder describe(const hub::CacheScan& scan) {
  CachedHubFolder result{.folder = scan.folder.string(), .size = signedCount(scan.bytes)};
  for (const hub::CachedRepository& repository : scan.repositories)
    result.repositories.push_back(describe(repository));
  for (const hub::CacheProblem& problem : scan.problems)
    result.problems.push_back({problem.path.string(), problem.message});
  const auto space = spaceAt(scan.folder).value_or(fs::space_info{});
  result.diskFree = signedCount(space.available);
  result.diskSize = signedCount(space.capacity);
  return result;
}

}  // namespace

std::shared_ptr<hub::DownloadControl> RunningDownloads::begin(const std::string& name) {
  std::lock_guard lock(mutex_);
  const auto [entry, isNew] = controls_.try_emplace(name, std::make_shared<hub::DownloadControl>());
  if (!isNew)
    throw Error(ErrorKind::kInvalidInput, "a download of that name is running").in(quoted(name));
  return entry->second;
}

void RunningDownloads::end(const std::string& name) {
  std::lock_guard lock(mutex_);
  controls_.erase(name);
}

void RunningDownloads::steer(const SteerDownloadParams& params) {
  std::lock_guard lock(mutex_);
  const auto entry = controls_.find(params.download);
  if (entry == controls_.end())
    throw Error(ErrorKind::kNotFound, "no download of that name is running")
        .in(quoted(params.download));
  entry->second->bytesPerSecond = params.bytesPerSecond;
  entry->second->paused = params.paused;
}

std::vector<fs::path> HubCaches::folders() const {
  auto folders = hub::cachesFromEnvironment();
  std::lock_guard lock(mutex_);
  if (!others_) return folders;
  folders.resize(1);
  folders.insert(folders.end(), others_->begin(), others_->end());
  return folders;
}

void HubCaches::setOthers(const std::vector<std::string>& folders) {
  std::lock_guard lock(mutex_);
  others_.emplace(folders.begin(), folders.end());
}

HubPlan planDownload(HubStore& store, const PlanDownloadParams& params, const CancelToken& cancel) {
  const auto reference = hub::parseModelReference(params.model);
  const auto client = store.clients.take();
  return planOf(cli::planFor(*client, store.caches.folders(), reference,
                             choiceOf(params.files, params.all), cancel));
}

DownloadResult download(HubStore& store, const DownloadParams& params, RequestContext& context) {
  const auto reference = hub::parseModelReference(params.model);
  Named named(store.downloads, params.download);
  named.control().bytesPerSecond = params.bytesPerSecond;
  named.control().waitForNetwork = true;                     // the window goes on by itself
  hub::HttpClient client(hub::Settings::fromEnvironment());  // its own: it has a rate and is long
  const auto placed = cli::planFor(client, store.caches.folders(), reference,
                                   choiceOf(params.files, params.all), context.cancel);
  const auto& [cache, plan] = placed;
  context.notify(DownloadBegun{.plan = planOf(placed)});
  hub::DownloadEvents events;
  events.progress = context.progress;
  events.notice = [&](const std::string& sentence) {
    context.notify(DownloadNotice{.sentence = sentence});
  };
  events.fileProgress = [&](const hub::RepositoryFile& file, std::uint64_t done) {
    context.notify(DownloadedFile{
        .path = file.path, .done = signedCount(done), .size = signedCount(file.size)});
  };
  events.fileDone = [&](const hub::RepositoryFile& file) {
    context.notify(DownloadedFile{.path = file.path,
                                  .done = signedCount(file.size),
                                  .size = signedCount(file.size),
                                  .complete = true});
  };
  const fs::path snapshot =
      hub::download(client, cache, plan, context.cancel, events, &named.control());
  return {snapshot.string(), cli::openedPath(snapshot, plan), plan.tree.commit};
}

ScanCacheResult scanCache(HubStore& store, const CancelToken& cancel) {
  ScanCacheResult result;
  for (const auto& scan : cli::scanCaches(store.caches.folders(), cancel))
    result.caches.push_back(describe(scan));
  return result;
}

VerifyHubModelResult verifyHubModel(HubStore& store, const VerifyHubModelParams& params,
                                    RequestContext& context) {
  const auto reference = hub::parseModelReference(params.model);
  const auto client = store.clients.take();
  const auto caches =
      params.cache.empty() ? store.caches.folders() : std::vector<fs::path>{params.cache};
  const auto [commit, found] =
      cli::verifyCached(*client, caches, reference, context.cancel, context.progress);
  VerifyHubModelResult result{.id = reference.id, .commit = commit, .verified = found.verified};
  for (const hub::Mismatch& each : found.wrong)
    result.wrong.push_back({each.path, each.expected, each.found});
  result.notDownloaded = found.missing;
  return result;
}

DeleteFromCacheResult deleteFromCache(HubStore& store, const DeleteFromCacheParams& params,
                                      const CancelToken& cancel) {
  const auto scans = cli::scanCaches(store.caches.folders(), cancel);
  std::vector<cli::DeletionTarget> targets;
  for (const DeletionTarget& target : params.targets)
    targets.push_back({target.model, target.cache});
  auto plans = cli::planDeletions(scans, targets);
  if (params.prune) cli::addPruning(scans, params.detached, plans);
  const hub::DeletionPlan all = cli::sumOf(plans);
  DeleteFromCacheResult result{.bytesToFree = signedCount(all.bytesFreed),
                               .blobs = static_cast<int>(all.blobs.size())};
  for (const auto* folders : {&all.repositories, &all.snapshots})
    for (const fs::path& folder : *folders) result.folders.push_back(folder.string());
  if (params.execute) result.bytesFreed = signedCount(cli::executeDeletions(plans));
  return result;
}

}  // namespace orrery::engine
