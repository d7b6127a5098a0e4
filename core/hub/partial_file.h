#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "core/hub/cache_layout.h"
#include "core/hub/http_message.h"

namespace orrery::hub {

/// A content on its way into the cache: beside the blobs, as CONTENT.orrery.incomplete. Of a large
/// one the pieces arrive in any order; a second file keeps how far each is, so that whatever ends
/// the process, what was noted is not fetched again. Who makes one holds the content's lock.
class PartialFile {
 public:
  static constexpr std::uint64_t kPieceBytes = 32u << 20;

  /// Opens what an earlier download left, or takes over the longest of `leftovers` (files that
  /// huggingface_hub began), or makes a new file.
  PartialFile(const RepositoryCache& cache, const RepositoryFile& file,
              const std::vector<std::filesystem::path>& leftovers = {});
  ~PartialFile();
  PartialFile(const PartialFile&) = delete;
  PartialFile& operator=(const PartialFile&) = delete;

  const std::filesystem::path& path() const { return dataPath_; }
  std::size_t pieces() const { return done_.size(); }
  /// What a piece lacks; empty (begin == end) if it is complete.
  ByteRange missing(std::size_t piece) const;
  bool complete() const { return present_ == size_; }
  std::uint64_t present() const { return present_; }
  /// Bytes from the beginning without a gap.
  std::uint64_t prefix() const;

  /// Bytes at their place; they count when they join those before them in their piece. False if the
  /// disk is full.
  bool write(std::uint64_t at, std::string_view bytes);
  /// Bytes that are there; returns how many were read, less than asked for at the end only.
  std::size_t read(std::uint64_t at, char* buffer, std::size_t count) const;

  /// Removes the file that keeps the pieces; the content itself is taken by whoever publishes it.
  void forgetPieces();
  /// Removes all of it.
  void discard();

  static std::filesystem::path dataPath(const RepositoryCache& cache, std::string_view content);
  /// What downloads of that content may have left, whether it is there or not.
  static std::vector<std::filesystem::path> remains(const RepositoryCache& cache,
                                                    std::string_view content);
  /// Removes what downloads of that content left, when it has come another way.
  static void removeAll(const RepositoryCache& cache, std::string_view content);
  /// Bytes that a download of the file would find; opens and changes nothing.
  static std::uint64_t presentOnDisk(const RepositoryCache& cache, const RepositoryFile& file);

 private:
  std::uint64_t pieceSize(std::size_t piece) const;
  void takeOver(const std::vector<std::filesystem::path>& leftovers);
  void setPrefix(std::uint64_t bytes);
  void readPieces(std::uint64_t dataBytes);
  void writePieces();
  void note(std::size_t piece);

  std::uint64_t size_;
  std::filesystem::path dataPath_;
  std::filesystem::path piecesPath_;
  int data_ = -1;
  int notes_ = -1;                   ///< of the pieces; -1 if there is one piece only
  std::vector<std::uint64_t> done_;  ///< bytes from the beginning of each piece
  std::vector<std::uint64_t> noted_;
  std::uint64_t present_ = 0;
};

}  // namespace orrery::hub
