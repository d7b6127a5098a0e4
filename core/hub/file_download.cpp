#include "core/hub/file_download.h"

#include "core/base/error.h"
#include "core/hub/download_plan.h"

namespace orrery::hub {
namespace {

constexpr std::uint64_t kHashStep = 4u << 20;  // so much must have arrived to be worth a task
constexpr std::size_t kHashBlock = 256u << 10;

}  // namespace

FileDownload::FileDownload(const RepositoryCache& cache, RepositoryFile file, std::string commit,
                           bool links, std::vector<std::filesystem::path> leftovers)
    : cache_(cache),
      file_(std::move(file)),
      commit_(std::move(commit)),
      links_(links),
      leftovers_(std::move(leftovers)) {}

bool FileDownload::begin() {
  lock_ = FileLock::tryAcquire(cache_.lockFile(file_.contentName()));
  if (!lock_) return false;
  if (isPresent(cache_, commit_, file_)) {
    state_ = State::kDone;
  } else if (hasBlob(cache_, file_)) {
    cache_.link(file_, commit_, links_);
    state_ = State::kDone;
  } else {
    openPartial(leftovers_);
    state_ = State::kFetching;
  }
  if (state_ == State::kDone) {
    PartialFile::removeAll(cache_, file_.contentName());
    removeLeftovers();
    lock_.reset();
  }
  return true;
}

void FileDownload::openPartial(const std::vector<std::filesystem::path>& leftovers) {
  partial_ = std::make_unique<PartialFile>(cache_, file_, leftovers);
  hash_ = std::make_unique<ContentHash>(file_.contentName(), file_.size);
  hashed_ = 0;
  if (hashesInline()) hashUpTo(partial_->prefix());
}

std::uint64_t FileDownload::present() const {
  if (state_ == State::kDone) return file_.size;
  return partial_ ? partial_->present() : 0;
}

bool FileDownload::write(std::uint64_t at, std::string_view bytes) {
  if (!partial_->write(at, bytes)) return false;
  if (hashesInline() && at <= hashed_ && at + bytes.size() > hashed_) {
    hash_->add(bytes.substr(hashed_ - at));
    hashed_ = at + bytes.size();
  }
  return true;
}

void FileDownload::hashUpTo(std::uint64_t end) {
  std::string block(kHashBlock, '\0');
  while (hashed_ < end) {
    const auto count = std::min<std::uint64_t>(block.size(), end - hashed_);
    const std::size_t got = partial_->read(hashed_, block.data(), count);
    if (got == 0) throw Error(ErrorKind::kIo, "has become shorter").in(partial_->path().string());
    hash_->add({block.data(), got});
    hashed_ += got;
  }
}

void FileDownload::hashMore(HashPool& pool, const std::function<void()>& done) {
  if (state_ != State::kFetching || hashesInline() || busy_) return;
  const std::uint64_t end = partial_->prefix();
  if (hashed_ == end || (end < file_.size && end - hashed_ < kHashStep)) return;
  busy_ = true;
  pool.add([this, end, done] {
    try {
      hashUpTo(end);
    } catch (const Error& error) {
      hashingError_ = error;
    }
    busy_ = false;
    done();
  });
}

bool FileDownload::finish() {
  if (state_ != State::kFetching || !inFlight.empty() || busy_) return false;
  if (hashingError_) throw *hashingError_;
  if (!partial_->complete() || hashed_ != file_.size) return false;
  const std::string found = hash_->hex();
  std::error_code ignored;
  if (found != file_.contentName()) {
    startOver(Error(ErrorKind::kProtocol,
                    "what arrived is not what was published: its digest is {}, expected {}", found,
                    file_.contentName()));
    return false;
  }
  if (!std::filesystem::exists(partial_->path(), ignored)) {
    startOver(Error(ErrorKind::kIo, "another program deletes {} while it is downloaded",
                    partial_->path().string()));
    return false;
  }
  cache_.publish(partial_->path(), file_, commit_, links_);
  partial_->forgetPieces();
  removeLeftovers();
  partial_.reset();
  hash_.reset();
  lock_.reset();
  state_ = State::kDone;
  return true;
}

void FileDownload::startOver(const Error& why) {
  partial_->discard();
  if (startedOver_) throw Error(why).in(file_.path);
  startedOver_ = true;
  partial_.reset();
  openPartial({});
}

/// What other downloads of this content left: with the lock held, nobody writes there.
void FileDownload::removeLeftovers() {
  std::error_code ignored;
  for (const auto& path : leftovers_) std::filesystem::remove(path, ignored);
  leftovers_.clear();
}

}  // namespace orrery::hub
