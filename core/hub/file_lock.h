#pragma once

#include <filesystem>
#include <optional>
#include <utility>

namespace orrery::hub {

/// An exclusive lock between processes as the Python package filelock takes it: flock on a file
/// that is made if need be and stays. Released with the object.
class FileLock {
 public:
  /// Nothing if another process holds it. An Error if the file cannot be made or the file system
  /// has no locks.
  static std::optional<FileLock> tryAcquire(const std::filesystem::path& path);

  FileLock(FileLock&& other) noexcept : descriptor_(std::exchange(other.descriptor_, -1)) {}
  FileLock& operator=(FileLock&& other) noexcept {
    std::swap(descriptor_, other.descriptor_);
    return *this;
  }
  ~FileLock();

 private:
  explicit FileLock(int descriptor) : descriptor_(descriptor) {}

  int descriptor_;
};

}  // namespace orrery::hub
