#include "core/hub/download_run.h"

#include <algorithm>
#include <thread>

#include "core/base/amounts.h"
#include "core/hub/url.h"

namespace orrery::hub {
namespace {

namespace fs = std::filesystem;
using std::chrono::milliseconds;

constexpr std::size_t kMaxFetches = 32;
constexpr std::size_t kMaxFetchesOfFile = 8;
constexpr std::uint64_t kLastBytes = 16u << 20;  // of a piece: time to ask for another one
constexpr std::size_t kMaxOpenFiles = 48;
constexpr int kMaxFailures = 5;                  // of one file without a byte between
constexpr std::size_t kWriteBytes = 256u << 10;  // file systems take few large writes best
constexpr std::uint64_t kRealGain = 64 << 10;    // bytes that make a failure the first one again
constexpr std::uint64_t kSpaceKept = 32 << 20;
constexpr milliseconds kPollStep{50};
constexpr milliseconds kLockStep{200};
constexpr milliseconds kSpaceStep{1000};
constexpr milliseconds kReportStep{100};
constexpr milliseconds kWriteStep{100};
constexpr std::chrono::seconds kNetworkStep{5};

std::uint64_t freeSpace(const fs::path& folder) {
  std::error_code failure;
  const auto space = fs::space(folder, failure);
  return failure ? UINT64_MAX : space.available;
}

/// Files that downloads began, by the content they are to become: CONTENT.incomplete and, of
/// huggingface_hub, CONTENT.RANDOM.incomplete. Its own ones a PartialFile finds by itself.
std::map<std::string, std::vector<fs::path>> leftoversIn(const fs::path& blobs) {
  std::map<std::string, std::vector<fs::path>> found;
  std::error_code failure;
  for (fs::directory_iterator at(blobs, failure), end; !failure && at != end;
       at.increment(failure)) {
    const std::string name = at->path().filename().string();
    const std::string content = name.substr(0, name.find('.'));
    const bool own = name.compare(content.size(), 7, ".orrery") == 0;
    if (!name.ends_with(".incomplete")) continue;
    auto& paths = found[content];
    if (!own) paths.push_back(at->path());
  }
  return found;
}

}  // namespace

DownloadRun::DownloadRun(HttpClient& client, const RepositoryCache& cache, const DownloadPlan& plan,
                         const DownloadEvents& events)
    : client_(client),
      cache_(cache),
      plan_(plan),
      events_(events),
      meter_("downloading", "bytes", static_cast<double>(plan.bytesLeft()), events.progress),
      pool_(std::clamp(std::thread::hardware_concurrency(), 1u, 4u)) {
  const bool links = !client.settings().linksDisabled;
  const auto leftovers = leftoversIn(cache.blobs());
  for (const PlannedFile& planned : plan.files) {
    const auto begun = leftovers.find(planned.file.contentName());
    hereBefore_ += planned.here;
    if (planned.present && begun == leftovers.end()) {
      doneBytes_ += planned.file.size;
      continue;
    }
    files_.emplace_back(cache, planned.file, plan.tree.commit, links,
                        begun == leftovers.end() ? std::vector<fs::path>() : begun->second);
  }
}

DownloadRun::~DownloadRun() {
  dropFetches(nullptr, nullptr);
}

void DownloadRun::work(const CancelToken& cancel, const DownloadControl* control) {
  const std::uint64_t room = freeSpace(cache_.blobs());
  if (plan_.bytesLeft() > room)
    throw Error(ErrorKind::kIo, "{} are to be fetched, but only {} are free",
                bytesText(plan_.bytesLeft()), bytesText(room))
        .in(cache_.folder().string());
  while (!files_.empty()) {
    cancel.throwIfCancelled();
    obey(control);
    step();
    if (failure_) throw *failure_;
  }
  meter_.finish();
}

void DownloadRun::step() {
  checkSpace();
  if (isAtWork()) {
    beginFiles();
    startFetches();
  }
  client_.poll(kPollStep);
  writeAllArrived();
  for (FileDownload& file : files_) file.hashMore(pool_, [this] { client_.wakeUp(); });
  finishFiles();
  report();
}

void DownloadRun::obey(const DownloadControl* control) {
  if (!control) return;
  if (const double rate = control->bytesPerSecond; rate != rateLimit_) {
    rateLimit_ = rate;
    client_.setRateLimit(rate);
  }
  waitsForNetwork_ = control->waitForNetwork;
  if (control->paused && !paused_) dropFetches(nullptr, nullptr);
  paused_ = control->paused;
}

/// Opens as many files as are worked on at a time; those that another process has are asked for
/// again every now and then.
void DownloadRun::beginFiles() {
  const auto now = Clock::now();
  const bool tryLocks = now - locksTriedAt_ >= kLockStep;
  if (tryLocks) locksTriedAt_ = now;
  std::size_t open = 0;
  for (FileDownload& file : files_) {
    if (open >= kMaxOpenFiles) break;
    if (file.state() == FileDownload::State::kFetching) {
      ++open;
      continue;
    }
    if ((file.lockMissed && !tryLocks) || isBeingFetched(file)) continue;
    if (file.begin()) {
      ++open;
    } else {
      file.lockMissed = true;
      if (!waitsForLock_) notice("another program is downloading the same; waiting for it");
      waitsForLock_ = true;
    }
  }
}

/// Whether another file of the same content is on its way: it has the lock.
bool DownloadRun::isBeingFetched(const FileDownload& file) const {
  return std::ranges::any_of(files_, [&](const FileDownload& other) {
    return other.state() == FileDownload::State::kFetching &&
           other.file().contentName() == file.file().contentName();
  });
}

void DownloadRun::startFetches() {
  for (FileDownload& file : files_) {
    if (fetches_.size() >= kMaxFetches) return;
    if (file.state() != FileDownload::State::kFetching || Clock::now() < file.notBefore) continue;
    std::size_t busy = file.rangesIgnored ? file.inFlight.size() : busyFetches(file);
    const std::size_t most = file.rangesIgnored ? 1 : kMaxFetchesOfFile;
    while (busy < most && fetches_.size() < kMaxFetches && startFetch(file)) ++busy;
  }
}

/// Fetches of a file that still have much to bring. Pieces that began together end together: were
/// the next ones asked for only then, the link would lie idle for the time that an answer takes.
std::size_t DownloadRun::busyFetches(const FileDownload& file) const {
  const auto busy = [&](const DownloadFetch& fetch) {
    return fetch.file == &file && fetch.end - fetch.at > kLastBytes;
  };
  return static_cast<std::size_t>(std::ranges::count_if(fetches_, busy));
}

/// Fetches the first piece that is missing and not on its way; false if there is none.
bool DownloadRun::startFetch(FileDownload& file) {
  std::size_t piece = 0;
  const PartialFile& partial = file.partial();
  while (piece < partial.pieces() &&
         (file.inFlight.contains(piece) || partial.missing(piece).size() == 0))
    ++piece;
  if (piece == partial.pieces()) return false;
  fetches_.emplace_back();
  const auto fetch = std::prev(fetches_.end());
  fetch->file = &file;
  fetch->piece = piece;
  fetch->range = partial.missing(piece);
  fetch->at = fetch->range.begin;
  fetch->end = fetch->range.end;
  fetch->askedAt = file.location;
  file.inFlight.insert(piece);
  Request request = requestOf(*fetch, plan_, client_.settings().endpoint);
  fetch->id = client_.start(
      std::move(request),
      {.head = [this, fetch](const ResponsePath& path) { onHead(fetch, path); },
       .body = [this, fetch](std::string_view bytes) { onBody(fetch, bytes); },
       .done = [this, fetch](const std::optional<Error>& error) { onDone(fetch, error); }});
  return true;
}

void DownloadRun::onHead(FetchAt fetch, const ResponsePath& path) {
  fetch->path = path;
  if (path.last.status < 200 || path.last.status > 299) return;
  checkPinned(*fetch, plan_.tree.commit);
  if (!sendsRange(*fetch)) {
    // All of it comes: keep what is missing, and ask for nothing else meanwhile.
    fetch->file->rangesIgnored = true;
    dropFetches(fetch->file, &*fetch);
    fetch->at = 0;
    fetch->end = fetch->file->file().size;
  }
  if (originOf(path.last.url) != originOf(client_.settings().endpoint))
    fetch->file->location = path.last.url;
  fetch->usable = true;
}

void DownloadRun::onBody(FetchAt fetch, std::string_view bytes) {
  if (!fetch->usable) return;
  FileDownload& file = *fetch->file;
  if (bytes.size() > fetch->end - fetch->at)
    throw Error(ErrorKind::kProtocol, "the server sends more than the {} bytes expected",
                fetch->end - fetch->range.begin)
        .in(file.file().path);
  networkNoticed_ = false;
  fetch->arrived += bytes;
  fetch->at += bytes.size();
  if (fetch->arrived.size() >= kWriteBytes) writeArrived(*fetch);
}

void DownloadRun::writeArrived(DownloadFetch& fetch) {
  if (fetch.arrived.empty()) return;
  FileDownload& file = *fetch.file;
  const std::uint64_t before = file.present();
  const bool written = file.write(fetch.at - fetch.arrived.size(), fetch.arrived);
  fetch.arrived.clear();
  if (!written) {
    diskFull_ = true;
    throw Error(ErrorKind::kIo, "the disk is full").in(cache_.folder().string());
  }
  fetch.gained += file.present() - before;
  if (fetch.gained >= kRealGain) file.failures = 0;
}

std::optional<Error> DownloadRun::tryWriteArrived(DownloadFetch& fetch) {
  try {
    writeArrived(fetch);
    return std::nullopt;
  } catch (const Error& error) {
    return error;
  }
}

/// What comes slowly is not held back: neither a progress bar nor a kill may wait for a full block.
void DownloadRun::writeAllArrived() {
  const auto now = Clock::now();
  if (now - writtenAt_ < kWriteStep) return;
  writtenAt_ = now;
  for (DownloadFetch& fetch : fetches_) {
    const auto error = tryWriteArrived(fetch);
    if (diskFull_) return;  // checkSpace() sees to it
    if (error && !failure_) failure_ = error;
  }
}

void DownloadRun::onDone(FetchAt fetch, const std::optional<Error>& transferError) {
  FileDownload& file = *fetch->file;
  const auto writeError = tryWriteArrived(*fetch);
  const auto& error = writeError ? writeError : transferError;
  file.inFlight.erase(fetch->piece);
  const DownloadFetch ended = std::move(*fetch);
  fetches_.erase(fetch);
  if (diskFull_) return;
  if (error) {
    retryOrFail(ended, *error);
  } else if (!ended.usable) {
    retryOrFail(ended, statusError(ended.path, plan_.id + ": " + file.file().path));
  } else if (ended.at != ended.end) {
    retryOrFail(ended, Error(ErrorKind::kProtocol, "the server sent {} of {} bytes",
                             ended.at - ended.range.begin, ended.range.size())
                           .in(file.file().path));
  }
}

void DownloadRun::retryOrFail(const DownloadFetch& fetch, const Error& error) {
  FileDownload& file = *fetch.file;
  const int status = fetch.path.last.status;
  const bool answered = status >= 300;
  const bool elsewhere =
      answered && originOf(fetch.path.last.url) != originOf(client_.settings().endpoint);
  const bool expired = elsewhere && status < 500;
  const bool lasting = fetch.wrongContent || (answered && !isPassing(status) && !expired);
  file.location.clear();  // an address with a signature ends; the hub gives another
  if (waitForNetwork(fetch, error)) return;
  const Headers* headers = answered ? &fetch.path.last.headers : nullptr;
  const auto delay = delayBefore(++file.failures, headers, client_.settings().retryUnit);
  if (lasting || file.failures > kMaxFailures || !delay) {
    if (!failure_) failure_ = error;
    return;
  }
  file.notBefore = Clock::now() + *delay;
}

/// True if the hub could not be reached, and that is to be waited for.
bool DownloadRun::waitForNetwork(const DownloadFetch& fetch, const Error& error) {
  if (!waitsForNetwork_ || fetch.path.last.status != 0 || error.kind() != ErrorKind::kIo)
    return false;
  if (!networkNoticed_)
    notice(fmt::format("{}; trying again every {} s", error.what(), kNetworkStep.count()));
  networkNoticed_ = true;
  fetch.file->notBefore = Clock::now() + kNetworkStep;
  return true;
}

void DownloadRun::dropFetches(const FileDownload* onlyOf, const DownloadFetch* but) {
  for (auto fetch = fetches_.begin(); fetch != fetches_.end();) {
    const auto at = fetch++;
    if (&*at == but || (onlyOf && at->file != onlyOf)) continue;
    client_.drop(at->id);
    tryWriteArrived(*at);  // else they are fetched again
    at->file->inFlight.erase(at->piece);
    fetches_.erase(at);
  }
}

void DownloadRun::finishFiles() {
  for (auto file = files_.begin(); file != files_.end();) {
    const auto at = file++;
    if (at->state() != FileDownload::State::kDone && !at->finish()) continue;
    doneBytes_ += at->file().size;
    if (events_.fileDone) events_.fileDone(at->file());
    reported_.erase(at->file().path);
    files_.erase(at);
  }
}

/// A full disk stops fetching until there is room for a part of what is left; what a write said
/// goes before what the file system says, which knows nothing of quotas.
void DownloadRun::checkSpace() {
  const auto now = Clock::now();
  if (!diskFull_ && now - spaceCheckedAt_ < kSpaceStep) return;
  spaceCheckedAt_ = now;
  const std::uint64_t room = freeSpace(cache_.blobs());
  std::uint64_t left = 0;
  for (const FileDownload& file : files_) left += file.file().size - file.present();
  const bool full = diskFull_ || room < std::min(left, kSpaceKept);
  diskFull_ = false;
  if (full && !waitsForSpace_) {
    dropFetches(nullptr, nullptr);
    notice(
        fmt::format("the disk is full: {} are free at {}, {} are still to come; waiting for "
                    "room, nothing is lost",
                    bytesText(room), cache_.folder().string(), bytesText(left)));
  } else if (!full && waitsForSpace_) {
    notice("there is room again");
  }
  waitsForSpace_ = full;
}

void DownloadRun::report() {
  const auto now = Clock::now();
  std::uint64_t present = doneBytes_;
  for (const FileDownload& file : files_) present += file.present();
  meter_.advanceTo(static_cast<double>(present > hereBefore_ ? present - hereBefore_ : 0), now);
  if (!events_.fileProgress || now - reportedAt_ < kReportStep) return;
  reportedAt_ = now;
  for (const FileDownload& file : files_) {
    std::uint64_t& last = reported_[file.file().path];
    if (file.present() == last) continue;
    last = file.present();
    events_.fileProgress(file.file(), last);
  }
}

void DownloadRun::notice(const std::string& sentence) {
  if (events_.notice) events_.notice(sentence);
}

}  // namespace orrery::hub
