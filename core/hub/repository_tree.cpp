#include "core/hub/repository_tree.h"

#include <algorithm>

#include "core/hub/json_list.h"
#include "core/hub/paging.h"
#include "core/hub/url.h"

namespace orrery::hub {
namespace {

// A page has a thousand entries of some 300 bytes. JSON in memory takes a multiple of its text.
constexpr std::uint64_t kPageLimit = 4u << 20;
constexpr std::size_t kMaxFiles = 200'000;
constexpr std::int64_t kMaxFileBytes = std::int64_t{1} << 44;
constexpr int kTreeFormat = 1;  // of trees/COMMIT.json

std::string apiUrl(const HttpClient& client, const std::string& id, std::string_view rest) {
  return fmt::format("{}/api/models/{}{}", client.settings().endpoint, requireId(id), rest);
}

std::uint64_t sizeOf(const JsonField& field, std::string_view key) {
  const auto size = field.require<std::int64_t>(key);
  if (size < 0 || size > kMaxFileBytes)
    throw field[key].error(
        fmt::format("expected a size of 0 to {} bytes, found {}", kMaxFileBytes, size));
  return static_cast<std::uint64_t>(size);
}

RepositoryFile checkedFile(const JsonField& entry, const RepositoryFile& file) {
  if (!isCommit(file.blobId))
    throw entry.error("expected a git name of 40 hexadecimal digits, found " + quoted(file.blobId));
  if (!file.sha256.empty() && !isSha256(file.sha256))
    throw entry.error("expected a SHA-256 of 64 hexadecimal digits, found " + quoted(file.sha256));
  return file;
}

RepositoryFile fileFromApi(const JsonField& entry) {
  RepositoryFile file;
  file.path = entry.require<std::string>("path");
  file.size = sizeOf(entry, "size");
  file.blobId = entry.require<std::string>("oid");
  file.xetHash = entry.get<std::string>("xetHash", "");
  if (const auto lfs = entry.find("lfs")) {
    file.sha256 = lfs->require<std::string>("oid");
    file.size = sizeOf(*lfs, "size");
  }
  return checkedFile(entry, file);
}

}  // namespace

const RepositoryFile* RepositoryTree::find(std::string_view path) const {
  const auto found = std::ranges::find(files, path, &RepositoryFile::path);
  return found == files.end() ? nullptr : &*found;
}

std::string fetchCommit(HttpClient& client, const ModelReference& reference,
                        const CancelToken& cancel) {
  if (isCommit(reference.revision)) return reference.revision;
  const std::string what = reference.id + "@" + reference.revision;
  const std::string rest = "/revision/" + percentEncoded(reference.revision) + "?expand=sha";
  const Response response =
      fetchDocument(client, apiUrl(client, reference.id, rest), what, kPageLimit, cancel);
  const Json document = parseJson(response.body, what);
  const JsonField field(document, what);
  const std::string commit = field.require<std::string>("sha");
  if (!isCommit(commit)) throw field["sha"].error("expected a commit, found " + quoted(commit));
  return commit;
}

std::vector<RepositoryFile> readTreePage(const JsonField& page) {
  std::vector<RepositoryFile> files;
  forEachElement(page, [&](const JsonField& entry) {
    if (entry.require<std::string>("type") == "file") files.push_back(fileFromApi(entry));
  });
  return files;
}

RepositoryTree fetchTree(HttpClient& client, const std::string& id, const std::string& commit,
                         const CancelToken& cancel) {
  RepositoryTree tree{commit, {}};
  const std::string what = "files of " + id;
  std::string page =
      apiUrl(client, id, "/tree/" + percentEncoded(commit) + "?recursive=true&expand=false");
  while (!page.empty()) {
    const Response response = fetchDocument(client, page, id, kPageLimit, cancel);
    const Json document = parseJson(response.body, what);
    for (auto& file : readTreePage(JsonField(document, what)))
      tree.files.push_back(std::move(file));
    if (tree.files.size() > kMaxFiles)
      throw Error(ErrorKind::kUnsupported, "more than {}", kMaxFiles).in(what);
    const std::string next = nextPage(response, client.settings().endpoint);
    if (!next.empty() && document.empty())
      throw Error(ErrorKind::kProtocol, "a page without entries names a next page").in(what);
    page = next;
  }
  return tree;
}

Json treeToJson(const RepositoryTree& tree) {
  Json files = Json::object();
  for (const RepositoryFile& file : tree.files) {
    Json& entry = files[file.path];
    entry = {{"size", file.size}, {"blob_id", file.blobId}};
    if (!file.sha256.empty()) {
      entry["lfs_sha256"] = file.sha256;
      entry["lfs_size"] = file.size;
    }
    if (!file.xetHash.empty()) entry["xet_hash"] = file.xetHash;
  }
  return {{"format_version", kTreeFormat}, {"files", std::move(files)}};
}

RepositoryTree treeFromJson(const JsonField& document, std::string commit) {
  if (document.require<int>("format_version") != kTreeFormat)
    throw document["format_version"].error(fmt::format("expected {}", kTreeFormat));
  RepositoryTree tree{std::move(commit), {}};
  const JsonField files = document["files"];
  if (!files.json().is_object()) throw files.error("expected an object");
  for (const auto& [path, value] : files.json().items()) {
    const JsonField entry(value, files.name() + "." + quoted(path));
    RepositoryFile file;
    file.path = path;
    file.size = sizeOf(entry, "size");
    file.blobId = entry.require<std::string>("blob_id");
    file.sha256 = entry.get<std::string>("lfs_sha256", "");
    if (!file.sha256.empty()) file.size = sizeOf(entry, "lfs_size");
    file.xetHash = entry.get<std::string>("xet_hash", "");
    tree.files.push_back(checkedFile(entry, file));
  }
  return tree;
}

}  // namespace orrery::hub
