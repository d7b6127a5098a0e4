#include "core/hub/file_lock.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "core/base/error.h"

namespace orrery::hub {
namespace {

/// Writable by the group, so that users who share a cache can wait for each other.
constexpr mode_t kMode = 0664;

Error lockError(const std::filesystem::path& path, std::string_view doing) {
  return Error(ErrorKind::kIo, "{}: {}", doing, std::strerror(errno)).in(path.string());
}

/// Whether `path` still names the open file: its holder may have removed it.
bool isStillNamed(int descriptor, const std::filesystem::path& path) {
  struct stat held = {};
  struct stat named = {};
  return ::fstat(descriptor, &held) == 0 && ::stat(path.c_str(), &named) == 0 &&
         held.st_ino == named.st_ino && held.st_dev == named.st_dev;
}

}  // namespace

std::optional<FileLock> FileLock::tryAcquire(const std::filesystem::path& path) {
  constexpr int kFlags = O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC;
  const int descriptor = ::open(path.c_str(), kFlags, kMode);
  if (descriptor < 0) throw lockError(path, "the lock cannot be made");
  FileLock lock(descriptor);
  if (::flock(descriptor, LOCK_EX | LOCK_NB) != 0) {
    if (errno == EWOULDBLOCK || errno == EACCES || errno == EINTR) return std::nullopt;
    throw lockError(path, "cannot be locked");
  }
  if (!isStillNamed(descriptor, path)) return std::nullopt;
  return lock;
}

FileLock::~FileLock() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

}  // namespace orrery::hub
