#include "core/base/file.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>

#include "core/base/error.h"
#include "core/base/utf8.h"

namespace orrery {
namespace {

Error systemError(const std::filesystem::path& path, std::string_view doing) {
  const int code = errno;
  const auto kind = code == ENOENT ? ErrorKind::kNotFound : ErrorKind::kIo;
  return Error(kind, "{}: {}", doing, std::strerror(code)).in(path.string());
}

/// A file descriptor that closes itself.
class Descriptor {
 public:
  Descriptor(const std::filesystem::path& path, int flags, mode_t mode = 0644)
      : value_(::open(path.c_str(), flags | O_CLOEXEC, mode)) {
    if (value_ < 0) throw systemError(path, "cannot be opened");
  }
  ~Descriptor() { ::close(value_); }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  operator int() const { return value_; }

 private:
  int value_;
};

std::uint64_t regularFileSize(int descriptor, const std::filesystem::path& path) {
  struct stat status {};
  if (::fstat(descriptor, &status) != 0) throw systemError(path, "cannot be examined");
  if (!S_ISREG(status.st_mode))
    throw Error(ErrorKind::kInvalidInput, "is not a regular file").in(path.string());
  return static_cast<std::uint64_t>(status.st_size);
}

void writeAll(int descriptor, std::string_view content, const std::filesystem::path& path) {
  while (!content.empty()) {
    const ssize_t written = ::write(descriptor, content.data(), content.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) throw systemError(path, "cannot be written");
    content.remove_prefix(static_cast<std::size_t>(written));
  }
  if (::fsync(descriptor) != 0) throw systemError(path, "cannot be written");
}

}  // namespace

std::string readTextFile(const std::filesystem::path& path, std::uint64_t limit) {
  const Descriptor file(path, O_RDONLY);
  const std::uint64_t size = regularFileSize(file, path);
  if (size > limit)
    throw Error(ErrorKind::kInvalidInput, "has {} bytes, more than the {} expected of such a file",
                size, limit)
        .in(path.string());
  std::string content(size, '\0');
  std::size_t filled = 0;
  while (filled < content.size()) {
    const ssize_t got = ::read(file, content.data() + filled, content.size() - filled);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) throw systemError(path, "cannot be read");
    if (got == 0) break;
    filled += static_cast<std::size_t>(got);
  }
  content.resize(filled);
  return content;
}

void writeFileAtomically(const std::filesystem::path& path, std::string_view content) {
  auto beside = path;
  beside += ".part-" + std::to_string(::getpid());
  writeFileAtomically(path, content, beside);
}

void writeFileAtomically(const std::filesystem::path& path, std::string_view content,
                         const std::filesystem::path& beside) {
  try {
    {
      const Descriptor file(beside, O_WRONLY | O_CREAT | O_TRUNC);
      writeAll(file, content, path);
    }
    if (::rename(beside.c_str(), path.c_str()) != 0) throw systemError(path, "cannot be replaced");
  } catch (...) {
    ::unlink(beside.c_str());
    throw;
  }
}

std::shared_ptr<const MappedFile> MappedFile::open(const std::filesystem::path& path) {
  const Descriptor file(path, O_RDONLY);
  const std::uint64_t size = regularFileSize(file, path);
  const std::byte* data = nullptr;
  if (size > 0) {
    // Private and writable: the bytes are never changed here, but a library that checks may map
    // them into a tensor, and pages stay shared with the system's cache until someone writes.
    void* at = ::mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_NORESERVE, file, 0);
    if (at == MAP_FAILED) throw systemError(path, "cannot be mapped into memory");
    data = static_cast<const std::byte*>(at);
  }
  return std::shared_ptr<const MappedFile>(new MappedFile(path, data, size));
}

MappedFile::~MappedFile() {
  if (data_) ::munmap(const_cast<std::byte*>(data_), size_);
}

std::string utf8Prefix(std::string_view text, std::size_t bytes) {
  text = text.substr(0, bytes);
  text.remove_suffix(utf8::incompleteTail(text));
  return std::string(text);
}

std::filesystem::path dataFolder() {
  if (const char* own = std::getenv("ORRERY_DATA"); own && *own) return own;
  if (const char* data = std::getenv("XDG_DATA_HOME"); data && *data)
    return std::filesystem::path(data) / "orrery";
  const char* home = std::getenv("HOME");
  return std::filesystem::path(home ? home : "/tmp") / ".local/share/orrery";
}

}  // namespace orrery
