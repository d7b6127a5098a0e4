#include "core/hub/cache_verify.h"

#include "core/base/error.h"
#include "core/hub/hashing.h"

namespace orrery::hub {
namespace {

/// Where a file of the tree is, if the cache has it. A name that is refused cannot be there.
std::optional<std::filesystem::path> findPointer(const RepositoryCache& cache,
                                                 const std::string& commit,
                                                 const std::string& name) {
  try {
    const auto pointer = cache.pointer(commit, name);
    std::error_code failure;
    if (std::filesystem::is_regular_file(pointer, failure)) return pointer;
  } catch (const Error&) {
  }
  return std::nullopt;
}

}  // namespace

Verification verifyRevision(const RepositoryCache& cache, const RepositoryTree& tree,
                            const CancelToken& cancel, const ProgressCallback& progress) {
  Verification result;
  std::vector<std::pair<const RepositoryFile*, std::filesystem::path>> present;
  double total = 0;
  for (const RepositoryFile& file : tree.files) {
    if (auto pointer = findPointer(cache, tree.commit, file.path)) {
      present.emplace_back(&file, std::move(*pointer));
      total += static_cast<double>(file.size);
    } else {
      result.missing.push_back(file.path);
    }
  }
  ProgressMeter meter("verifying", "bytes", total, progress);
  double done = 0;
  for (const auto& [file, pointer] : present) {
    const std::string found = hashOfFile(pointer, file->contentName(), cancel);
    if (found == file->contentName())
      result.verified.push_back(file->path);
    else
      result.wrong.push_back({file->path, file->contentName(), found});
    meter.advanceTo(done += static_cast<double>(file->size));
  }
  meter.finish();
  return result;
}

}  // namespace orrery::hub
