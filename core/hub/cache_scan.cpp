#include "core/hub/cache_scan.h"

#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <map>
#include <set>

#include "core/base/error.h"
#include "core/base/file.h"

namespace orrery::hub {
namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t kRefLimit = 4096;
constexpr std::size_t kMaxEntries = 1'000'000;  // of one repository

struct BlobFacts {
  std::uint64_t bytes = 0;
  FileTime accessed{};
  FileTime modified{};
  int revisions = 0;
};

FileTime timeOf(const timespec& time) {
  return FileTime(std::chrono::seconds(time.tv_sec));
}

std::vector<fs::path> entriesOf(const fs::path& folder) {
  std::vector<fs::path> entries;
  std::error_code failure;
  for (fs::directory_iterator at(folder, failure), end; !failure && at != end;
       at.increment(failure))
    if (at->path().filename() != ".DS_Store") entries.push_back(at->path());
  std::ranges::sort(entries);
  return entries;
}

/// Looks through one repository's folder.
class RepositoryScan {
 public:
  RepositoryScan(CachedRepository& repository, std::vector<CacheProblem>& problems,
                 const CancelToken& cancel)
      : repository_(repository), problems_(problems), cancel_(cancel) {}

  void run() {
    readRefs(repository_.folder / "refs");
    for (const fs::path& folder : entriesOf(repository_.folder / "snapshots")) readRevision(folder);
    for (const auto& [commit, names] : refs_)
      problem(repository_.folder / "refs" / names.front(),
              "names a revision that is not there: " + quoted(commit));
    sumUp();
    readLooseBlobs();
  }

 private:
  void problem(const fs::path& path, const std::string& message) {
    problems_.push_back({path, message});
  }

  void readRefs(const fs::path& refs) {
    std::error_code failure;
    for (fs::recursive_directory_iterator at(refs, failure), end; !failure && at != end;
         at.increment(failure)) {
      if (!at->is_regular_file(failure) || at->path().filename().string().ends_with(".tmp"))
        continue;
      try {
        std::string commit = readTextFile(at->path(), kRefLimit);
        while (commit.ends_with('\n')) commit.pop_back();
        refs_[commit].push_back(at->path().lexically_relative(refs).generic_string());
      } catch (const Error& error) {
        problem(at->path(), error.what());
      }
    }
  }

  void readRevision(const fs::path& folder) {
    cancel_.throwIfCancelled();
    std::error_code failure;
    if (fs::is_symlink(folder, failure) || !fs::is_directory(folder, failure)) {
      problem(folder, "is no folder");
      return;
    }
    CachedRevision revision;
    revision.commit = folder.filename().string();
    revision.folder = folder;
    if (const auto named = refs_.find(revision.commit); named != refs_.end()) {
      revision.refs = std::move(named->second);
      refs_.erase(named);
    }
    for (fs::recursive_directory_iterator at(folder, failure), end; !failure && at != end;
         at.increment(failure)) {
      if (++entries_ > kMaxEntries) break;
      if (at->is_symlink(failure) || at->is_regular_file(failure)) addFile(revision, at->path());
    }
    repository_.revisions.push_back(std::move(revision));
  }

  void addFile(CachedRevision& revision, const fs::path& pointer) {
    CachedFile file;
    file.name = pointer.lexically_relative(revision.folder).generic_string();
    file.pointer = pointer;
    std::error_code failure;
    const fs::path target = fs::read_symlink(pointer, failure);
    file.blob = failure ? pointer : (pointer.parent_path() / target).lexically_normal();
    struct stat status = {};
    if (::stat(file.blob.c_str(), &status) != 0 || !S_ISREG(status.st_mode)) {
      problem(pointer, "links to nothing");
      return;
    }
    file.bytes = static_cast<std::uint64_t>(status.st_size);
    blobs_.try_emplace(file.blob,
                       BlobFacts{file.bytes, timeOf(status.st_atim), timeOf(status.st_mtim)});
    revision.files.push_back(std::move(file));
  }

  void sumUp() {
    std::vector<std::set<fs::path>> own;
    for (const CachedRevision& revision : repository_.revisions) {
      auto& blobs = own.emplace_back();
      for (const CachedFile& file : revision.files)
        if (blobs.insert(file.blob).second) ++blobs_[file.blob].revisions;
    }
    for (std::size_t i = 0; i < own.size(); ++i) {
      CachedRevision& revision = repository_.revisions[i];
      for (const fs::path& blob : own[i]) {
        const BlobFacts& facts = blobs_[blob];
        revision.bytes += facts.bytes;
        if (facts.revisions > 1) revision.sharedBytes += facts.bytes;
        revision.modified = std::max(revision.modified, facts.modified);
      }
    }
    for (const auto& [path, facts] : blobs_) {
      repository_.bytes += facts.bytes;
      repository_.accessed = std::max(repository_.accessed, facts.accessed);
      repository_.modified = std::max(repository_.modified, facts.modified);
    }
  }

  void readLooseBlobs() {
    for (const fs::path& blob : entriesOf(repository_.folder / "blobs")) {
      struct stat status = {};
      if (blobs_.contains(blob) || ::stat(blob.c_str(), &status) != 0) continue;
      const bool incomplete = blob.extension() == ".incomplete";
      (incomplete ? repository_.incomplete : repository_.unreferenced)
          .push_back({blob, static_cast<std::uint64_t>(status.st_size)});
    }
  }

  CachedRepository& repository_;
  std::vector<CacheProblem>& problems_;
  const CancelToken& cancel_;
  std::map<std::string, std::vector<std::string>> refs_;  ///< commit → names
  std::map<fs::path, BlobFacts> blobs_;
  std::size_t entries_ = 0;
};

/// Type and id of "models--org--name"; false if the folder is no repository's.
bool readName(const std::string& name, CachedRepository& repository) {
  constexpr std::array<std::pair<std::string_view, std::string_view>, 4> kTypes{
      {{"models--", "model"},
       {"datasets--", "dataset"},
       {"spaces--", "space"},
       {"kernels--", "kernel"}}};
  for (const auto& [prefix, type] : kTypes) {
    if (!name.starts_with(prefix) || name.size() == prefix.size()) continue;
    repository.type = type;
    for (std::size_t at = prefix.size(); at < name.size(); ++at) {
      const bool separator = name.compare(at, 2, "--") == 0;
      repository.id += separator ? '/' : name[at];
      if (separator) ++at;
    }
    return true;
  }
  return false;
}

}  // namespace

const CachedRepository* CacheScan::findModel(std::string_view id) const {
  const auto found = std::ranges::find_if(repositories, [&](const CachedRepository& repository) {
    return repository.type == "model" && repository.id == id;
  });
  return found == repositories.end() ? nullptr : &*found;
}

CacheScan scanCache(const fs::path& folder, const CancelToken& cancel) {
  CacheScan scan;
  scan.folder = folder;
  for (const fs::path& entry : entriesOf(folder)) {
    CachedRepository repository;
    std::error_code failure;
    if (!readName(entry.filename().string(), repository)) continue;
    if (!fs::is_directory(entry, failure)) {
      scan.problems.push_back({entry, "is no folder"});
      continue;
    }
    repository.folder = entry;
    RepositoryScan(repository, scan.problems, cancel).run();
    scan.bytes += repository.bytes;
    scan.repositories.push_back(std::move(repository));
  }
  return scan;
}

}  // namespace orrery::hub
