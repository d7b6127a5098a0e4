#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "core/base/cancel.h"

namespace orrery::hub {

using FileTime = std::chrono::sys_seconds;

/// A file of a revision in the cache.
struct CachedFile {
  std::string name;               ///< in the repository
  std::filesystem::path pointer;  ///< in the snapshot
  std::filesystem::path blob;     ///< what it links to; the pointer itself where there are no links
  std::uint64_t bytes = 0;
};

struct CachedRevision {
  std::string commit;
  std::filesystem::path folder;
  std::vector<std::string> refs;  ///< branches and tags that name it
  std::vector<CachedFile> files;
  std::uint64_t bytes = 0;        ///< of its blobs, each once
  std::uint64_t sharedBytes = 0;  ///< of those that other revisions have too
  FileTime modified{};
};

/// A file that belongs to no revision.
struct LooseFile {
  std::filesystem::path path;
  std::uint64_t bytes = 0;
};

struct CachedRepository {
  std::string type;  ///< "model", "dataset", "space", "kernel"
  std::string id;
  std::filesystem::path folder;
  std::vector<CachedRevision> revisions;
  std::vector<LooseFile> unreferenced;  ///< blobs that no revision has
  std::vector<LooseFile> incomplete;    ///< of downloads that were not ended
  std::uint64_t bytes = 0;              ///< of the blobs of all revisions, each once
  FileTime accessed{};
  FileTime modified{};
};

struct CacheProblem {
  std::filesystem::path path;
  std::string message;
};

struct CacheScan {
  std::filesystem::path folder;
  std::vector<CachedRepository> repositories;  ///< by id
  std::vector<CacheProblem> problems;          ///< what is broken, with the rest still told
  std::uint64_t bytes = 0;

  /// The model of that id; nullptr if the cache has none.
  const CachedRepository* findModel(std::string_view id) const;
};

/// Looks through a cache folder. One that is not there is empty. Reads names and sizes only.
CacheScan scanCache(const std::filesystem::path& folder, const CancelToken& cancel = {});

}  // namespace orrery::hub
