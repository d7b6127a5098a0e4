// Any bytes as a cache folder: each line makes a folder (d PATH), a file (f PATH>CONTENT) or a link
// (l PATH>TARGET). It is scanned, and all that can be deleted is; what lies beside it stays.

#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "core/hub/cache_delete.h"
#include "tests/fuzz/support.h"

using namespace orrery;
namespace fs = std::filesystem;

namespace {

constexpr int kMostLines = 24;
constexpr auto kShallowestLink = 3;  // people move whole repositories elsewhere and link them

/// One folder for the whole run: the cache in it is made anew for each input.
const fs::path& base() {
  static const fs::path memory = "/dev/shm";
  static const fs::path folder =
      fs::canonical(fs::is_directory(memory) ? memory : fs::temp_directory_path()) /
      ("orrery-fuzz-" + std::to_string(::getpid()));
  return folder;
}
fs::path cacheFolder() {
  return base() / "hub";
}
/// What links may lead to and nothing may remove.
fs::path outside() {
  return base() / "kept" / "file";
}

/// The place of a relative path without "..", whose parents exist and are no links, so that nothing
/// is made elsewhere.
bool makeParents(const fs::path& relative) {
  fs::path place = cacheFolder();
  std::error_code failure;
  for (const auto& part : relative.parent_path()) {
    place /= part;
    if (fs::is_symlink(fs::symlink_status(place, failure))) return false;
    fs::create_directory(place, failure);
  }
  return fs::symlink_status(place / relative.filename(), failure).type() ==
         fs::file_type::not_found;
}

void make(std::string_view line) {
  if (line.size() < 3 || line.size() > 300 || line.find('\0') != line.npos) return;
  const auto split = std::min(line.find('>'), line.size());
  const fs::path relative(line.substr(2, split - 2));
  const std::string content(line.substr(std::min(split + 1, line.size())));
  if (relative.empty() || relative.is_absolute() || !relative.has_filename()) return;
  for (const auto& part : relative)
    if (part == ".." || part == ".") return;
  if (!makeParents(relative)) return;
  std::error_code failure;
  const fs::path place = cacheFolder() / relative;
  if (line[0] == 'd') fs::create_directory(place, failure);
  if (line[0] == 'f') std::ofstream(place, std::ios::binary) << content;
  const bool deep = std::distance(relative.begin(), relative.end()) >= kShallowestLink;
  if (line[0] == 'l' && deep && !content.empty()) fs::create_symlink(content, place, failure);
}

void makeCache(std::string_view text) {
  fs::remove_all(base());
  fs::create_directories(cacheFolder());
  fs::create_directory(outside().parent_path());
  std::ofstream(outside()) << "kept";
  for (int line = 0; line < kMostLines && !text.empty(); ++line) {
    const auto end = std::min(text.find('\n'), text.size());
    make(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
}

/// Revision by revision, then whole repositories.
void deleteModels() {
  const hub::CacheScan scan = hub::scanCache(cacheFolder());
  for (const auto& repository : scan.repositories)
    for (const auto& revision : repository.revisions)
      fuzz::allowError(
          [&] { hub::executeDeletion(hub::planDeletion(scan, repository.id, revision.commit)); });
  for (const auto& repository : scan.repositories)
    fuzz::allowError(
        [&] { hub::executeDeletion(hub::planDeletion(scan, repository.id, std::nullopt)); });
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  makeCache(fuzz::textOf(data, size));
  for (const bool detached : {false, true})
    fuzz::allowError(
        [&] { hub::executeDeletion(hub::planPruning(hub::scanCache(cacheFolder()), detached)); });
  deleteModels();
  if (!fs::is_regular_file(outside())) std::abort();
  fs::remove_all(base());
  return 0;
}
