#pragma once

#include <list>
#include <map>

#include "core/hub/download.h"
#include "core/hub/download_fetch.h"
#include "core/hub/file_download.h"

namespace orrery::hub {

/// One call of download(): decides which piece of which file is fetched next, and what a failure
/// means.
class DownloadRun {
 public:
  DownloadRun(HttpClient& client, const RepositoryCache& cache, const DownloadPlan& plan,
              const DownloadEvents& events);
  ~DownloadRun();

  void work(const CancelToken& cancel, const DownloadControl* control);

 private:
  using Clock = std::chrono::steady_clock;

  using FetchAt = std::list<DownloadFetch>::iterator;

  void step();
  void beginFiles();
  void startFetches();
  bool startFetch(FileDownload& file);
  void onHead(FetchAt fetch, const ResponsePath& path);
  void onBody(FetchAt fetch, std::string_view bytes);
  void writeArrived(DownloadFetch& fetch);
  std::optional<Error> tryWriteArrived(DownloadFetch& fetch);
  void writeAllArrived();
  void onDone(FetchAt fetch, const std::optional<Error>& error);
  void retryOrFail(const DownloadFetch& fetch, const Error& error);
  bool waitForNetwork(const DownloadFetch& fetch, const Error& error);
  void dropFetches(const FileDownload* onlyOf, const DownloadFetch* but);
  void finishFiles();
  void obey(const DownloadControl* control);
  void checkSpace();
  void report();
  void notice(const std::string& sentence);
  bool isAtWork() const { return !paused_ && !waitsForSpace_; }
  std::size_t busyFetches(const FileDownload& file) const;
  bool isBeingFetched(const FileDownload& file) const;

  HttpClient& client_;
  const RepositoryCache& cache_;
  const DownloadPlan& plan_;
  const DownloadEvents& events_;
  std::list<FileDownload> files_;  ///< that are not done
  std::list<DownloadFetch> fetches_;
  std::optional<Error> failure_;
  bool paused_ = false;
  bool waitsForNetwork_ = false;  ///< whether to go on when the hub cannot be reached
  bool networkNoticed_ = false;
  bool diskFull_ = false;  ///< a write has just failed
  bool waitsForSpace_ = false;
  bool waitsForLock_ = false;
  double rateLimit_ = 0;
  std::uint64_t doneBytes_ = 0;  ///< of files that are done
  std::uint64_t hereBefore_ = 0;
  Clock::time_point locksTriedAt_{};
  Clock::time_point spaceCheckedAt_{};
  Clock::time_point writtenAt_{};
  Clock::time_point reportedAt_{};
  std::map<std::string, std::uint64_t> reported_;
  ProgressMeter meter_;
  HashPool pool_;  // last: its tasks use the files
};

}  // namespace orrery::hub
