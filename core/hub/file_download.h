#pragma once

#include <atomic>
#include <chrono>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "core/hub/cache_layout.h"
#include "core/hub/file_lock.h"
#include "core/hub/hash_pool.h"
#include "core/hub/hashing.h"
#include "core/hub/partial_file.h"

namespace orrery::hub {

/// One file of a download: its lock, what has arrived, the digest that follows. Fetching is the
/// Download's; all but the hashing happens on its thread.
class FileDownload {
 public:
  enum class State { kWaiting, kFetching, kDone };

  FileDownload(const RepositoryCache& cache, RepositoryFile file, std::string commit, bool links,
               std::vector<std::filesystem::path> leftovers);

  /// Takes the lock and opens the partial file, or finds that the content is there already. False
  /// while another process holds the lock.
  bool begin();

  /// Bytes that arrived at their place; false if the disk is full.
  bool write(std::uint64_t at, std::string_view bytes);

  /// Hashes on the pool what has arrived in order and calls `done` (on its thread) when through.
  void hashMore(HashPool& pool, const std::function<void()>& done);

  /// When all bytes are there and hashed: publishes the file, or, if the digest is wrong or another
  /// program deleted what had come, starts over once, then throws. True if the file is done.
  bool finish();

  State state() const { return state_; }
  const RepositoryFile& file() const { return file_; }
  const PartialFile& partial() const { return *partial_; }
  std::uint64_t present() const;

  // What the Download remembers of fetching it.
  std::string location;            ///< where its bytes were last found; empty: ask the hub
  bool rangesIgnored = false;      ///< the server sends all of it whatever is asked for
  std::set<std::size_t> inFlight;  ///< pieces
  bool lockMissed = false;         ///< another process had it
  int failures = 0;                ///< since bytes last arrived
  std::chrono::steady_clock::time_point notBefore{};

 private:
  void openPartial(const std::vector<std::filesystem::path>& leftovers);
  void removeLeftovers();
  void startOver(const Error& why);
  void hashUpTo(std::uint64_t end);
  bool hashesInline() const { return partial_->pieces() == 1; }

  const RepositoryCache& cache_;
  RepositoryFile file_;
  std::string commit_;
  bool links_;
  std::vector<std::filesystem::path> leftovers_;
  State state_ = State::kWaiting;
  std::optional<FileLock> lock_;
  std::unique_ptr<PartialFile> partial_;
  std::unique_ptr<ContentHash> hash_;
  std::uint64_t hashed_ = 0;           ///< bytes from the beginning; of the hasher while busy_
  std::atomic<bool> busy_{false};      ///< a task on the pool
  std::optional<Error> hashingError_;  ///< of the last task
  bool startedOver_ = false;
};

}  // namespace orrery::hub
