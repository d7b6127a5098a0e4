#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/base/json.h"
#include "core/protocol/lifecycle.h"

/// Messages about downloads from the hub and the cache that is shared with huggingface_hub.
namespace orrery::protocol {

struct PlannedHubFile {
  std::string path;
  std::int64_t size = 0;
  bool present = false;
  std::int64_t bytesLeft = 0;

  bool operator==(const PlannedHubFile&) const = default;
  static void fields(auto& f, auto& self) {
    f("path", self.path);
    f("size", self.size);
    f("present", self.present);
    f("bytes_left", self.bytesLeft);
  }
};

/// What a download would fetch.
struct HubPlan {
  std::string id, revision, commit;
  std::vector<PlannedHubFile> files;
  std::int64_t bytesWanted = 0;  ///< of all chosen files
  std::int64_t bytesLeft = 0;    ///< of what is not in the cache
  std::int64_t bytesInRepository = 0;
  std::string cache;          ///< folder of the cache that has it, or would
  std::int64_t diskFree = 0;  ///< of the disk that this folder is on; -1: not told

  bool operator==(const HubPlan&) const = default;
  static void fields(auto& f, auto& self) {
    f("id", self.id);
    f("revision", self.revision);
    f("commit", self.commit);
    f("files", self.files);
    f("bytes_wanted", self.bytesWanted);
    f("bytes_left", self.bytesLeft);
    f("bytes_in_repository", self.bytesInRepository);
    f.optional("cache", self.cache);
    f.optional("disk_free", self.diskFree);
  }
};

struct PlanDownloadParams {
  static constexpr auto kMethod = "hub/plan";
  using Result = HubPlan;

  std::string model;
  std::vector<std::string> files;  ///< these only; empty: those that this program needs
  bool all = false;                ///< every file

  bool operator==(const PlanDownloadParams&) const = default;
  static void fields(auto& f, auto& self) {
    f("model", self.model);
    f.optional("files", self.files);
    f.optional("all", self.all);
  }
};

struct DownloadResult {
  std::string path;   ///< folder of the snapshot
  std::string model;  ///< what model/load takes: that folder, or a GGUF file in it
  std::string commit;

  bool operator==(const DownloadResult&) const = default;
  static void fields(auto& f, auto& self) {
    f("path", self.path);
    f("model", self.model);
    f("commit", self.commit);
  }
};

/// Fetches into the cache what is missing. Notifies of its plan, of each file and of what the user
/// should know; cancelling it keeps what has arrived for the next request.
struct DownloadParams {
  static constexpr auto kMethod = "hub/download";
  using Result = DownloadResult;

  std::string download;  ///< a name of the window's choice, for hub/steer
  std::string model;
  std::vector<std::string> files;
  bool all = false;
  double bytesPerSecond = 0;  ///< 0: as fast as they come

  bool operator==(const DownloadParams&) const = default;
  static void fields(auto& f, auto& self) {
    f("download", self.download);
    f("model", self.model);
    f.optional("files", self.files);
    f.optional("all", self.all);
    f.optional("bytes_per_second", self.bytesPerSecond);
  }
};

/// Pauses a running download, lets it go on, or limits its rate. An error if there is none.
struct SteerDownloadParams {
  static constexpr auto kMethod = "hub/steer";
  using Result = Done;

  std::string download;
  bool paused = false;
  double bytesPerSecond = 0;

  bool operator==(const SteerDownloadParams&) const = default;
  static void fields(auto& f, auto& self) {
    f("download", self.download);
    f.optional("paused", self.paused);
    f.optional("bytes_per_second", self.bytesPerSecond);
  }
};

/// Notification of a download, first: what it fetches.
struct DownloadBegun {
  static constexpr auto kMethod = "hub/downloadBegun";

  Json request;
  HubPlan plan;

  bool operator==(const DownloadBegun&) const = default;
  static void fields(auto& f, auto& self) {
    f("request", self.request);
    f("plan", self.plan);
  }
};

/// Notification of a download: how far one file is.
struct DownloadedFile {
  static constexpr auto kMethod = "hub/downloadedFile";

  Json request;
  std::string path;
  std::int64_t done = 0;  ///< bytes
  std::int64_t size = 0;
  bool complete = false;  ///< verified and in its place

  bool operator==(const DownloadedFile&) const = default;
  static void fields(auto& f, auto& self) {
    f("request", self.request);
    f("path", self.path);
    f("done", self.done);
    f("size", self.size);
    f("complete", self.complete);
  }
};

/// Notification of a download: one sentence for the user, as that the disk is full.
struct DownloadNotice {
  static constexpr auto kMethod = "hub/downloadNotice";

  Json request;
  std::string sentence;

  bool operator==(const DownloadNotice&) const = default;
  static void fields(auto& f, auto& self) {
    f("request", self.request);
    f("sentence", self.sentence);
  }
};

struct CachedHubRevision {
  std::string commit;
  std::vector<std::string> refs;
  std::int64_t size = 0;
  std::int64_t sharedSize = 0;  ///< of it, what other revisions have too
  std::int64_t modified = 0;    ///< seconds since 1970
  std::string path;
  int files = 0;

  bool operator==(const CachedHubRevision&) const = default;
  static void fields(auto& f, auto& self) {
    f("commit", self.commit);
    f.optional("refs", self.refs);
    f("size", self.size);
    f.optional("shared_size", self.sharedSize);
    f.optional("modified", self.modified);
    f.optional("path", self.path);
    f.optional("file_count", self.files);
  }
};

struct CachedHubRepository {
  std::string id;
  std::string type;  ///< "model", "dataset", "space"
  std::int64_t size = 0;
  std::int64_t accessed = 0, modified = 0;  ///< seconds since 1970
  std::string path;
  std::vector<CachedHubRevision> revisions;
  std::int64_t looseBytes = 0;  ///< of unended downloads and of blobs that no revision has

  bool operator==(const CachedHubRepository&) const = default;
  static void fields(auto& f, auto& self) {
    f("id", self.id);
    f("type", self.type);
    f("size", self.size);
    f.optional("accessed", self.accessed);
    f.optional("modified", self.modified);
    f.optional("path", self.path);
    f("revisions", self.revisions);
    f.optional("loose_size", self.looseBytes);
  }
};

struct CachedHubProblem {
  std::string path, message;

  bool operator==(const CachedHubProblem&) const = default;
  static void fields(auto& f, auto& self) {
    f("path", self.path);
    f("message", self.message);
  }
};

struct CachedHubFolder {
  std::string folder;
  std::int64_t size = 0;
  std::vector<CachedHubRepository> repositories;
  std::vector<CachedHubProblem> problems;
  std::int64_t diskFree = 0, diskSize = 0;  ///< of the disk that the folder is on

  bool operator==(const CachedHubFolder&) const = default;
  static void fields(auto& f, auto& self) {
    f("folder", self.folder);
    f("size", self.size);
    f("repositories", self.repositories);
    f.optional("problems", self.problems);
    f.optional("disk_free", self.diskFree);
    f.optional("disk_size", self.diskSize);
  }
};

struct ScanCacheResult {
  std::vector<CachedHubFolder> caches;  ///< the one that is written to first

  bool operator==(const ScanCacheResult&) const = default;
  static void fields(auto& f, auto& self) { f("caches", self.caches); }
};

/// What the caches hold: names and sizes only are read.
struct ScanCacheParams {
  static constexpr auto kMethod = "hub/cache";
  using Result = ScanCacheResult;

  bool operator==(const ScanCacheParams&) const = default;
  static void fields(auto&, auto&) {}
};

/// Takes these folders as the caches beside the first, in the place of ORRERY_HUB_CACHES.
struct UseCachesParams {
  static constexpr auto kMethod = "hub/useCaches";
  using Result = Done;

  std::vector<std::string> folders;

  bool operator==(const UseCachesParams&) const = default;
  static void fields(auto& f, auto& self) { f("folders", self.folders); }
};

struct HubMismatch {
  std::string path, expected, found;

  bool operator==(const HubMismatch&) const = default;
  static void fields(auto& f, auto& self) {
    f("path", self.path);
    f("expected", self.expected);
    f("found", self.found);
  }
};

struct VerifyHubModelResult {
  std::string id, commit;
  std::vector<std::string> verified;
  std::vector<HubMismatch> wrong;
  std::vector<std::string> notDownloaded;

  bool operator==(const VerifyHubModelResult&) const = default;
  static void fields(auto& f, auto& self) {
    f("id", self.id);
    f("commit", self.commit);
    f("verified", self.verified);
    f("wrong", self.wrong);
    f("not_downloaded", self.notDownloaded);
  }
};

/// Compares every file of a revision in the cache with what was published.
struct VerifyHubModelParams {
  static constexpr auto kMethod = "hub/verify";
  using Result = VerifyHubModelResult;

  std::string model;
  std::string cache;  ///< folder of the cache; empty: the first that has it

  bool operator==(const VerifyHubModelParams&) const = default;
  static void fields(auto& f, auto& self) {
    f("model", self.model);
    f.optional("cache", self.cache);
  }
};

struct DeleteFromCacheResult {
  std::int64_t bytesToFree = 0;
  std::int64_t bytesFreed = 0;  ///< 0 unless it was done
  std::vector<std::string> folders;
  int blobs = 0;

  bool operator==(const DeleteFromCacheResult&) const = default;
  static void fields(auto& f, auto& self) {
    f("bytes_to_free", self.bytesToFree);
    f("bytes_freed", self.bytesFreed);
    f("folders", self.folders);
    f("blobs", self.blobs);
  }
};

struct DeletionTarget {
  std::string model;  ///< "org/name", or "org/name@commit" for that revision only
  std::string cache;  ///< folder of the cache; empty: every cache that has it

  bool operator==(const DeletionTarget&) const = default;
  static void fields(auto& f, auto& self) {
    f("model", self.model);
    f.optional("cache", self.cache);
  }
};

/// Deletes models or revisions, or says what that would free.
struct DeleteFromCacheParams {
  static constexpr auto kMethod = "hub/delete";
  using Result = DeleteFromCacheResult;

  std::vector<DeletionTarget> targets;
  bool prune = false;     ///< also what no revision needs, in all caches
  bool detached = false;  ///< with `prune`, also revisions that no branch or tag names
  bool execute = false;

  bool operator==(const DeleteFromCacheParams&) const = default;
  static void fields(auto& f, auto& self) {
    f.optional("targets", self.targets);
    f.optional("prune", self.prune);
    f.optional("detached", self.detached);
    f.optional("execute", self.execute);
  }
};

}  // namespace orrery::protocol
