#pragma once

#include <atomic>
#include <functional>

#include "core/base/job.h"
#include "core/hub/download_plan.h"
#include "core/hub/http_client.h"

namespace orrery::hub {

/// What may be changed while a download runs, from any thread.
struct DownloadControl {
  std::atomic<bool> paused{false};
  std::atomic<double> bytesPerSecond{0};  ///< of all files together; 0: as fast as they come
  /// Whether to wait, after a notice, for as long as the hub cannot be reached; else that is an
  /// Error after some seconds.
  std::atomic<bool> waitForNetwork{false};
};

struct DownloadEvents {
  /// Bytes of all files that were to be fetched, with rate and time left.
  ProgressCallback progress = {};
  /// A file is complete: verified and in its place.
  std::function<void(const RepositoryFile&)> fileDone = {};
  /// Bytes of one file that are there; after each change, at most ten times a second.
  std::function<void(const RepositoryFile&, std::uint64_t)> fileProgress = {};
  /// One sentence for the user: the disk is full, another program has the lock, …
  std::function<void(const std::string&)> notice = {};
};

/// Fetches what `plan` says is missing into the cache and returns the folder of the snapshot; the
/// revision's name is moved to it at the end. Whatever ends it before – an Error, a cancel, the
/// death of the process – the next call goes on where it was. Throws an Error that names the file:
/// not enough room to begin, what the server refuses, a digest that is wrong twice. A disk that
/// fills meanwhile pauses it until there is room.
std::filesystem::path download(HttpClient& client, const RepositoryCache& cache,
                               const DownloadPlan& plan, const CancelToken& cancel = {},
                               const DownloadEvents& events = {},
                               const DownloadControl* control = nullptr);

}  // namespace orrery::hub
