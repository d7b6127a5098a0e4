#include "core/hub/shared_store.h"

#include <algorithm>
#include <sstream>
#include <string>

#include "core/base/error.h"
#include "core/base/file.h"
#include "core/hub/file_lock.h"
#include "core/hub/repo_id.h"

namespace orrery::hub {
namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t kManifestLimit = 16u << 20;
constexpr std::string_view kMarker = ".huggingface-shared-blobs";

bool isPlainFile(const fs::path& path) {
  std::error_code failure;
  return fs::symlink_status(path, failure).type() == fs::file_type::regular;
}

fs::path withEnding(const fs::path& content, const char* ending) {
  return content.parent_path() / (content.filename().string() + ending);
}

/// The blobs that a manifest lists and that do link to the content; nothing if there is no manifest
/// that can be read, so that nothing is known.
std::optional<std::set<fs::path>> referencesTo(const fs::path& cacheFolder,
                                               const fs::path& content) {
  const fs::path manifest = withEnding(content, ".refs");
  if (!isPlainFile(manifest)) return std::nullopt;
  std::istringstream lines;
  try {
    lines.str(readTextFile(manifest, kManifestLimit));
  } catch (const Error&) {
    return std::nullopt;
  }
  std::set<fs::path> found;
  for (std::string line; std::getline(lines, line);) {
    const fs::path relative(line);
    if (relative.is_absolute() || std::ranges::find(relative, fs::path("..")) != relative.end())
      continue;
    const fs::path blob = cacheFolder / relative;
    if (storeTarget(cacheFolder, blob) == content) found.insert(blob);
  }
  return found;
}

}  // namespace

std::optional<fs::path> storeTarget(const fs::path& cacheFolder, const fs::path& blob) {
  std::error_code failure;
  const fs::path target = fs::read_symlink(blob, failure);
  if (failure || !isPlainFile(cacheFolder / "blobs" / kMarker)) return std::nullopt;
  const fs::path content = (blob.parent_path() / target).lexically_normal();
  const fs::path inStore = content.lexically_relative((cacheFolder / "blobs").lexically_normal());
  const std::string name = inStore.filename().string();
  if (!isSha256(name) || inStore != fs::path(name.substr(0, 2)) / name) return std::nullopt;
  return content;
}

std::uint64_t freedInStore(const fs::path& cacheFolder, const fs::path& content,
                           const std::set<fs::path>& gone) {
  const auto references = referencesTo(cacheFolder, content);
  if (!references || references->empty() || !isPlainFile(content)) return 0;
  const bool allGone =
      std::ranges::all_of(*references, [&](const fs::path& blob) { return gone.contains(blob); });
  std::error_code failure;
  const auto size = fs::file_size(content, failure);
  return allGone && !failure ? size : 0;
}

std::uint64_t sweepStore(const fs::path& cacheFolder, const fs::path& content) {
  const auto lock = FileLock::tryAcquire(withEnding(content, ".lock"));
  if (!lock) return 0;
  const auto references = referencesTo(cacheFolder, content);
  if (!references || !references->empty() || !isPlainFile(content)) return 0;
  std::error_code failure;
  const auto size = fs::file_size(content, failure);
  if (failure || !fs::remove(content, failure)) return 0;
  fs::remove(withEnding(content, ".refs"), failure);
  return size;
}

}  // namespace orrery::hub
