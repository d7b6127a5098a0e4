#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/base/json.h"
#include "core/hub/http_fetch.h"
#include "core/hub/repo_id.h"

namespace orrery::hub {

/// One file of a revision, as the server describes it: nothing of it may be trusted but its form.
struct RepositoryFile {
  std::string path;        ///< as the repository names it; see checkedPath
  std::uint64_t size = 0;  ///< of the content, not of an LFS pointer
  std::string blobId;      ///< git's name: of the content, or of the pointer of a large file
  std::string sha256;      ///< of a large (LFS) file; empty for others
  std::string xetHash;     ///< of a file stored as Xet; empty for others

  /// What its ETag, its blob in the cache and the digest of its content are.
  const std::string& contentName() const { return sha256.empty() ? blobId : sha256; }
};

/// All files of one commit.
struct RepositoryTree {
  std::string commit;
  std::vector<RepositoryFile> files;

  const RepositoryFile* find(std::string_view path) const;
};

/// The commit that `reference` names now, asked of the hub unless it is one.
std::string fetchCommit(HttpClient& client, const ModelReference& reference,
                        const CancelToken& cancel);

/// The files of a commit, all pages. Errors name the model and the field.
RepositoryTree fetchTree(HttpClient& client, const std::string& id, const std::string& commit,
                         const CancelToken& cancel);

/// The files among the entries of one page; an Error names the field.
std::vector<RepositoryFile> readTreePage(const JsonField& page);

/// The form in which huggingface_hub keeps a tree (trees/COMMIT.json).
Json treeToJson(const RepositoryTree& tree);
/// An Error if the document is of another form or version.
RepositoryTree treeFromJson(const JsonField& document, std::string commit);

}  // namespace orrery::hub
