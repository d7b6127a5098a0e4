#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "core/base/error.h"
#include "core/media/table/table.h"

namespace orrery::media::table {
namespace {

class FileSource : public ByteSource {
 public:
  explicit FileSource(const std::filesystem::path& path) : name_(path.string()) {
    file_ = ::open(name_.c_str(), O_RDONLY | O_CLOEXEC);
    struct stat about {};
    if (file_ < 0) fail(errno);
    if (::fstat(file_, &about) != 0 || !S_ISREG(about.st_mode)) {
      ::close(file_);
      throw Error(ErrorKind::kInvalidInput, "expected a file").in(name_);
    }
    size_ = static_cast<std::uint64_t>(about.st_size);
  }
  ~FileSource() override { ::close(file_); }
  FileSource(const FileSource&) = delete;
  FileSource& operator=(const FileSource&) = delete;

  std::uint64_t size() const override { return size_; }

  std::string read(std::uint64_t offset, std::size_t count) const override {
    std::string bytes(static_cast<std::size_t>(
                          std::min<std::uint64_t>(count, offset < size_ ? size_ - offset : 0)),
                      '\0');
    std::size_t done = 0;
    while (done < bytes.size()) {
      const auto got = ::pread(file_, bytes.data() + done, bytes.size() - done,
                               static_cast<off_t>(offset + done));
      if (got < 0 && errno == EINTR) continue;
      if (got < 0) fail(errno);
      if (got == 0) break;  // the file became shorter
      done += static_cast<std::size_t>(got);
    }
    bytes.resize(done);
    return bytes;
  }

 private:
  [[noreturn]] void fail(int problem) const {
    const auto kind = problem == ENOENT ? ErrorKind::kNotFound : ErrorKind::kIo;
    throw Error(kind, std::strerror(problem)).in(name_);
  }

  std::string name_;
  int file_ = -1;
  std::uint64_t size_ = 0;
};

class MemorySource : public ByteSource {
 public:
  explicit MemorySource(std::string bytes) : bytes_(std::move(bytes)) {}
  std::uint64_t size() const override { return bytes_.size(); }
  std::string read(std::uint64_t offset, std::size_t count) const override {
    return offset < bytes_.size() ? bytes_.substr(static_cast<std::size_t>(offset), count) : "";
  }

 private:
  std::string bytes_;
};

}  // namespace

std::shared_ptr<const ByteSource> ByteSource::file(const std::filesystem::path& path) {
  return std::make_shared<FileSource>(path);
}

std::shared_ptr<const ByteSource> ByteSource::memory(std::string bytes) {
  return std::make_shared<MemorySource>(std::move(bytes));
}

}  // namespace orrery::media::table
