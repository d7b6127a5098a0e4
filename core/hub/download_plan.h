#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/hub/cache_layout.h"

namespace orrery::hub {

/// Which files of a repository are wanted. Without any wish: those that this program needs.
struct FileChoice {
  std::vector<std::string> names;    ///< exactly these
  std::vector<std::string> include;  ///< those that match one of these patterns (* ? [])
  std::vector<std::string> exclude;  ///< but none that matches one of these
  bool all = false;                  ///< every file
  bool weights = true;               ///< else what text needs: configuration, tokenizer, templates

  bool isDefault() const { return names.empty() && include.empty() && !all; }
};

struct PlannedFile {
  RepositoryFile file;
  std::uint64_t here = 0;  ///< bytes that need not be fetched
  bool present = false;    ///< the file of the revision is there and has its size
  bool remains = false;    ///< it is, and so is something of the download that brought it

  std::uint64_t left() const { return file.size - here; }
};

/// What a download would do.
struct DownloadPlan {
  std::string id;
  std::string revision;
  RepositoryTree tree;
  std::vector<PlannedFile> files;

  std::uint64_t bytesLeft() const;
  std::uint64_t bytesWanted() const;
  std::uint64_t bytesInRepository() const;
  bool complete() const;
  bool hasRemains() const;
};

/// The files that `choice` takes, in the order of the repository. An Error if a file asked
/// for by name is not there, a wanted name is refused (checkedPath), or nothing is wanted.
std::vector<RepositoryFile> chooseFiles(const RepositoryTree& tree, const FileChoice& choice);

/// What of the chosen files the cache has.
DownloadPlan planDownload(const RepositoryCache& cache, std::string id, std::string revision,
                          RepositoryTree tree, const FileChoice& choice);

/// Whether the file of that revision is in the cache with its size.
bool isPresent(const RepositoryCache& cache, const std::string& commit, const RepositoryFile& file);
bool hasBlob(const RepositoryCache& cache, const RepositoryFile& file);

}  // namespace orrery::hub
