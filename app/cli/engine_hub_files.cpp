// The engine's side of downloads and of the cache.

#include <algorithm>
#include <filesystem>

#include "app/cli/engine_hub.h"
#include "app/cli/hub/download_model.h"
#include "core/hub/cache_delete.h"
#include "core/hub/cache_verify.h"

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

HubPlan planOf(const hub::DownloadPlan& plan) {
  HubPlan result{.id = plan.id,
                 .revision = plan.revision,
                 .commit = plan.tree.commit,
                 .bytesWanted = signedCount(plan.bytesWanted()),
                 .bytesLeft = signedCount(plan.bytesLeft()),
                 .bytesInRepository = signedCount(plan.bytesInRepository())};
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

/// A GGUF file is a model by itself, its first part where it has several; else the folder is.
fs::path loadable(const fs::path& snapshot, const hub::DownloadPlan& plan) {
  for (const hub::PlannedFile& planned : plan.files)
    if (planned.file.path.ends_with(".safetensors")) return snapshot;
  for (const hub::PlannedFile& planned : plan.files)
    if (planned.file.path.ends_with(".gguf")) return snapshot / planned.file.path;
  return snapshot;
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

/// Of the disk that holds `folder`, or would.
fs::space_info spaceAt(fs::path folder) {
  std::error_code failure;
  while (!fs::exists(folder, failure) && folder.has_parent_path() && folder != folder.parent_path())
    folder = folder.parent_path();
  const auto space = fs::space(folder, failure);
  return failure ? fs::space_info{} : space;
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

HubPlan planDownload(HubStore& store, const PlanDownloadParams& params, const CancelToken& cancel) {
  const auto reference = hub::parseModelReference(params.model);
  const auto client = store.clients.take();
  const hub::RepositoryCache cache(client->settings().cacheFolder, reference.id);
  return planOf(
      cli::planFor(*client, cache, reference, choiceOf(params.files, params.all), cancel));
}

DownloadResult download(HubStore& store, const DownloadParams& params, RequestContext& context) {
  const auto reference = hub::parseModelReference(params.model);
  Named named(store.downloads, params.download);
  named.control().bytesPerSecond = params.bytesPerSecond;
  named.control().waitForNetwork = true;                     // the window goes on by itself
  hub::HttpClient client(hub::Settings::fromEnvironment());  // its own: it has a rate and is long
  const hub::RepositoryCache cache(client.settings().cacheFolder, reference.id);
  const auto plan =
      cli::planFor(client, cache, reference, choiceOf(params.files, params.all), context.cancel);
  context.notify(DownloadBegun{.plan = planOf(plan)});
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
  return {snapshot.string(), loadable(snapshot, plan).string(), plan.tree.commit};
}

ScanCacheResult scanCache(const CancelToken& cancel) {
  const auto scan = hub::scanCache(hub::Settings::fromEnvironment().cacheFolder, cancel);
  ScanCacheResult result{.folder = scan.folder.string(), .size = signedCount(scan.bytes)};
  for (const hub::CachedRepository& repository : scan.repositories)
    result.repositories.push_back(describe(repository));
  for (const hub::CacheProblem& problem : scan.problems)
    result.problems.push_back({problem.path.string(), problem.message});
  const auto space = spaceAt(scan.folder);
  result.diskFree = signedCount(space.available);
  result.diskSize = signedCount(space.capacity);
  return result;
}

VerifyHubModelResult verifyHubModel(HubStore& store, const VerifyHubModelParams& params,
                                    RequestContext& context) {
  const auto reference = hub::parseModelReference(params.model);
  const auto client = store.clients.take();
  const hub::RepositoryCache cache(client->settings().cacheFolder, reference.id);
  const auto commit = cache.commitOf(reference.revision);
  if (!commit)
    throw Error(ErrorKind::kNotFound, "revision {} is not in the cache", quoted(reference.revision))
        .in(reference.id);
  auto tree = cache.readTree(*commit);
  if (!tree) tree = hub::fetchTree(*client, reference.id, *commit, context.cancel);
  const auto found = hub::verifyRevision(cache, *tree, context.cancel, context.progress);
  VerifyHubModelResult result{.id = reference.id, .commit = *commit, .verified = found.verified};
  for (const hub::Mismatch& each : found.wrong)
    result.wrong.push_back({each.path, each.expected, each.found});
  result.notDownloaded = found.missing;
  return result;
}

DeleteFromCacheResult deleteFromCache(const DeleteFromCacheParams& params,
                                      const CancelToken& cancel) {
  const auto scan = hub::scanCache(hub::Settings::fromEnvironment().cacheFolder, cancel);
  hub::DeletionPlan plan;
  for (const std::string& text : params.models) {
    const auto model = hub::parseModelReference(text);
    const bool whole = text.find('@') == text.npos;
    plan.add(
        hub::planDeletion(scan, model.id, whole ? std::nullopt : std::optional(model.revision)));
  }
  if (params.prune) plan.add(hub::planPruning(scan, params.detached));
  DeleteFromCacheResult result{.bytesToFree = signedCount(plan.bytesFreed),
                               .blobs = static_cast<int>(plan.blobs.size())};
  for (const auto* folders : {&plan.repositories, &plan.snapshots})
    for (const fs::path& folder : *folders) result.folders.push_back(folder.string());
  if (params.execute) result.bytesFreed = signedCount(hub::executeDeletion(plan));
  return result;
}

}  // namespace orrery::engine
