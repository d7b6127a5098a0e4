#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <string_view>

namespace orrery {

/// The whole of a file. Errors name it; one above `limit` bytes is refused before it is read.
std::string readTextFile(const std::filesystem::path& path, std::uint64_t limit = 512u << 20);

/// Writes beside `path` and renames, so that a crash or a full disk leaves the old file whole.
void writeFileAtomically(const std::filesystem::path& path, std::string_view content);
/// The same, with the file to write first named by the caller, on the same file system.
void writeFileAtomically(const std::filesystem::path& path, std::string_view content,
                         const std::filesystem::path& beside);

/// A file mapped into memory for reading. The mapping lives as long as the object; share it by
/// shared_ptr with whatever points into it.
class MappedFile {
 public:
  /// Throws an Error of kind kNotFound or kIo that names the file. An empty file maps to no bytes.
  static std::shared_ptr<const MappedFile> open(const std::filesystem::path& path);
  ~MappedFile();
  MappedFile(const MappedFile&) = delete;
  MappedFile& operator=(const MappedFile&) = delete;

  std::span<const std::byte> bytes() const { return {data_, size_}; }
  const std::filesystem::path& path() const { return path_; }

 private:
  MappedFile(std::filesystem::path path, const std::byte* data, std::size_t size)
      : path_(std::move(path)), data_(data), size_(size) {}

  std::filesystem::path path_;
  const std::byte* data_;
  std::size_t size_;
};

/// The longest prefix of at most `bytes` bytes that does not cut a character.
std::string utf8Prefix(std::string_view text, std::size_t bytes);

/// Folder for the user's models and conversations: ORRERY_DATA, else XDG_DATA_HOME/orrery, else
/// ~/.local/share/orrery.
std::filesystem::path dataFolder();

}  // namespace orrery
