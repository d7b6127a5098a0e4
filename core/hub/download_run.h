#pragma once

#include <list>
#include <map>

#include "core/hub/download.h"
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

  struct Fetch {
    HttpClient::Id id = 0;
    FileDownload* file = nullptr;
    std::size_t piece = 0;
    ByteRange range;            ///< asked for
    std::uint64_t at = 0;       ///< of the next byte
    std::uint64_t end = 0;      ///< where to stop
    std::uint64_t gained = 0;   ///< bytes that were kept
    bool usable = false;        ///< the head promised what was asked for
    bool wrongContent = false;  ///< what the hub says of it is not what was published
    std::string askedAt;        ///< the location used; empty: the hub
    ResponsePath path;
  };
  using FetchAt = std::list<Fetch>::iterator;

  void step();
  void beginFiles();
  void startFetches();
  bool startFetch(FileDownload& file);
  void onHead(FetchAt fetch, const ResponsePath& path);
  void acceptStatus(Fetch& fetch);
  void checkPinned(Fetch& fetch) const;
  void onBody(FetchAt fetch, std::string_view bytes);
  void onDone(FetchAt fetch, const std::optional<Error>& error);
  void retryOrFail(const Fetch& fetch, const Error& error);
  bool waitForNetwork(const Fetch& fetch, const Error& error);
  void dropFetches(const FileDownload* onlyOf, const Fetch* but);
  void finishFiles();
  void obey(const DownloadControl* control);
  void checkSpace();
  void report();
  void notice(const std::string& sentence);
  bool isAtWork() const { return !paused_ && !waitsForSpace_; }
  bool isBeingFetched(const FileDownload& file) const;

  HttpClient& client_;
  const RepositoryCache& cache_;
  const DownloadPlan& plan_;
  const DownloadEvents& events_;
  std::list<FileDownload> files_;  ///< that are not done
  std::list<Fetch> fetches_;
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
  Clock::time_point reportedAt_{};
  std::map<std::string, std::uint64_t> reported_;
  ProgressMeter meter_;
  HashPool pool_;  // last: its tasks use the files
};

}  // namespace orrery::hub
