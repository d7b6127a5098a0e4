#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

#include "core/hub/repository_tree.h"

namespace orrery::hub {

/// One model's folder in the cache that is shared with huggingface_hub: blobs named by content,
/// snapshots of links to them, refs from branches to commits, trees of files by commit.
class RepositoryCache {
 public:
  RepositoryCache(std::filesystem::path cacheFolder, std::string_view id);

  const std::filesystem::path& folder() const { return folder_; }
  std::filesystem::path blobs() const { return folder_ / "blobs"; }
  std::filesystem::path blob(std::string_view contentName) const { return blobs() / contentName; }
  std::filesystem::path snapshot(std::string_view commit) const;
  /// Where a file of a revision is. An Error if its name is refused (see checkedPath).
  std::filesystem::path pointer(std::string_view commit, std::string_view file) const;
  std::filesystem::path lockFile(std::string_view contentName) const;

  /// The commit a revision named when it was last downloaded; the revision itself if it is one.
  std::optional<std::string> commitOf(const std::string& revision) const;
  /// Keeps that `revision` names `commit`; nothing if it is the commit.
  void writeRef(const std::string& revision, const std::string& commit) const;

  /// The kept tree of a commit; nothing if there is none that can be read.
  std::optional<RepositoryTree> readTree(const std::string& commit) const;
  void writeTree(const RepositoryTree& tree) const;

  /// Makes the folders for a download of `commit`.
  void prepare(const std::string& commit) const;
  /// Removes what a process that was killed may have left of the small files above.
  void tidy() const;
  /// Gives a verified content its place: `content` is renamed to the blob and the pointer links to
  /// it; without links, or where they are not possible, it becomes the pointer itself.
  void publish(const std::filesystem::path& content, const RepositoryFile& file,
               const std::string& commit, bool links) const;
  /// The pointer to a blob that is there; a copy where links are not possible.
  void link(const RepositoryFile& file, const std::string& commit, bool links) const;

 private:
  std::filesystem::path preparedPointer(std::string_view commit, std::string_view file) const;
  void writeSmallFile(const std::filesystem::path& path, std::string_view content) const;

  std::filesystem::path cacheFolder_;
  std::filesystem::path folder_;
};

/// "models--org--name"
std::string repositoryFolderName(std::string_view id);

}  // namespace orrery::hub
