#include "core/hub/cache_layout.h"

#include <thread>

#include "core/base/error.h"
#include "core/base/file.h"
#include "core/hub/file_lock.h"

namespace orrery::hub {
namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t kRefLimit = 4096;
constexpr std::string_view kCacheTag =
    "Signature: 8a477f597d28d172789f06886806bc55\n"
    "# Marks a folder whose content can be had again; see https://bford.info/cachedir/\n";

void makeFolders(const fs::path& folder) {
  std::error_code failure;
  fs::create_directories(folder, failure);
  if (failure)
    throw Error(ErrorKind::kIo, "cannot be made: {}", failure.message()).in(folder.string());
}

void renameOrThrow(const fs::path& from, const fs::path& to) {
  std::error_code failure;
  fs::rename(from, to, failure);
  if (failure)
    throw Error(ErrorKind::kIo, "cannot be renamed to {}: {}", to.string(), failure.message())
        .in(from.string());
}

/// The lock is held by others for as long as a small file takes to be written.
FileLock waitForLock(const fs::path& path) {
  constexpr int kTries = 1000;
  for (int i = 0; i < kTries; ++i) {
    if (auto lock = FileLock::tryAcquire(path)) return std::move(*lock);
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  throw Error(ErrorKind::kIo, "another program holds the lock for too long").in(path.string());
}

/// False where links are not possible. What was at the place of the link goes.
bool makeLink(const fs::path& target, const fs::path& link) {
  std::error_code failure;
  fs::create_symlink(target, link, failure);
  if (failure == std::errc::file_exists) {
    std::error_code ignored;
    if (fs::read_symlink(link, ignored) == target) return true;
    fs::remove(link, ignored);
    fs::create_symlink(target, link, failure);
  }
  return !failure;
}

}  // namespace

std::string repositoryFolderName(std::string_view id) {
  std::string name = "models--";
  for (const char c : id) name += c == '/' ? std::string("--") : std::string(1, c);
  return name;
}

RepositoryCache::RepositoryCache(fs::path cacheFolder, std::string_view id)
    : cacheFolder_(std::move(cacheFolder)), folder_(cacheFolder_ / repositoryFolderName(id)) {}

fs::path RepositoryCache::snapshot(std::string_view commit) const {
  return folder_ / "snapshots" / commit;
}

fs::path RepositoryCache::pointer(std::string_view commit, std::string_view file) const {
  return snapshot(commit) / checkedPath(file);
}

fs::path RepositoryCache::lockFile(std::string_view contentName) const {
  return cacheFolder_ / ".locks" / folder_.filename() / (std::string(contentName) + ".lock");
}

std::optional<std::string> RepositoryCache::commitOf(const std::string& revision) const {
  if (isCommit(revision)) return revision;
  const fs::path file = folder_ / "refs" / checkedPath(revision);
  std::error_code ignored;
  if (!fs::is_regular_file(file, ignored)) return std::nullopt;
  std::string commit = readTextFile(file, kRefLimit);
  while (commit.ends_with('\n') || commit.ends_with('\r')) commit.pop_back();
  return isCommit(commit) ? std::optional(commit) : std::nullopt;
}

void RepositoryCache::writeRef(const std::string& revision, const std::string& commit) const {
  if (revision == commit || commitOf(revision) == commit) return;
  const fs::path file = folder_ / "refs" / checkedPath(revision);
  makeFolders(file.parent_path());
  writeSmallFile(file, commit);
}

std::optional<RepositoryTree> RepositoryCache::readTree(const std::string& commit) const {
  const fs::path file = folder_ / "trees" / (commit + ".json");
  std::error_code ignored;
  if (!isCommit(commit) || !fs::is_regular_file(file, ignored)) return std::nullopt;
  try {
    const Json document = readJsonFile(file);
    return treeFromJson(JsonField(document, file.string()), commit);
  } catch (const Error&) {
    return std::nullopt;  // of another version, or broken: it can be asked for again
  }
}

void RepositoryCache::writeTree(const RepositoryTree& tree) const {
  const fs::path file = folder_ / "trees" / (tree.commit + ".json");
  makeFolders(file.parent_path());
  writeSmallFile(file, treeToJson(tree).dump(1, ' ', false, Json::error_handler_t::replace));
}

/// By way of one file among the locks, which a lock guards: a process that is killed leaves nothing
/// where refs and trees are read, and the next one finds what it left.
void RepositoryCache::writeSmallFile(const fs::path& path, std::string_view content) const {
  makeFolders(lockFile({}).parent_path());
  const FileLock lock = waitForLock(lockFile("orrery"));
  writeFileAtomically(path, content, lockFile("orrery.tmp"));
}

void RepositoryCache::tidy() const {
  std::error_code ignored;
  const fs::path left = lockFile("orrery.tmp");
  if (!fs::exists(left, ignored)) return;
  const FileLock lock = waitForLock(lockFile("orrery"));
  fs::remove(left, ignored);
}

void RepositoryCache::prepare(const std::string& commit) const {
  makeFolders(blobs());
  makeFolders(snapshot(commit));
  makeFolders(lockFile({}).parent_path());
  const fs::path tag = cacheFolder_ / "CACHEDIR.TAG";
  std::error_code ignored;
  if (!fs::exists(tag, ignored)) writeSmallFile(tag, kCacheTag);
}

/// Folders of a snapshot are folders: one that is a link could lead anywhere.
fs::path RepositoryCache::preparedPointer(std::string_view commit, std::string_view file) const {
  const fs::path relative = checkedPath(file);
  fs::path folder = snapshot(commit);
  const auto refuseLink = [](const fs::path& place) {
    std::error_code ignored;
    if (fs::is_symlink(place, ignored))
      throw Error(ErrorKind::kIo, "is a link where a folder of the snapshot should be")
          .in(place.string());
  };
  refuseLink(folder.parent_path());
  refuseLink(folder);
  for (const fs::path& part : relative.parent_path()) {
    folder /= part;
    refuseLink(folder);
  }
  makeFolders(folder);
  return snapshot(commit) / relative;
}

void RepositoryCache::publish(const fs::path& content, const RepositoryFile& file,
                              const std::string& commit, bool links) const {
  const fs::path at = preparedPointer(commit, file.path);
  const fs::path target = blob(file.contentName());
  if (links) {
    renameOrThrow(content, target);
    if (!makeLink(target.lexically_relative(at.parent_path()), at)) renameOrThrow(target, at);
  } else {
    renameOrThrow(content, at);
  }
}

void RepositoryCache::link(const RepositoryFile& file, const std::string& commit,
                           bool links) const {
  const fs::path at = preparedPointer(commit, file.path);
  const fs::path target = blob(file.contentName());
  if (links && makeLink(target.lexically_relative(at.parent_path()), at)) return;
  const fs::path beside = blobs() / (file.contentName() + ".orrery-copy.incomplete");
  std::error_code failure;
  fs::copy_file(target, beside, fs::copy_options::overwrite_existing, failure);
  if (failure)
    throw Error(ErrorKind::kIo, "cannot be copied: {}", failure.message()).in(target.string());
  renameOrThrow(beside, at);
}

}  // namespace orrery::hub
