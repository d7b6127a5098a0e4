#include "core/hub/download_fetch.h"

#include "core/hub/url.h"

namespace orrery::hub {

Request requestOf(const DownloadFetch& fetch, const DownloadPlan& plan,
                  const std::string& endpoint) {
  const RepositoryFile& file = fetch.file->file();
  Request request;
  request.url = !fetch.askedAt.empty()
                    ? fetch.askedAt
                    : fmt::format("{}/{}/resolve/{}/{}", endpoint, percentEncoded(plan.id, "/"),
                                  plan.tree.commit, percentEncoded(file.path, "/"));
  if (fetch.range != ByteRange{0, file.size}) request.range = fetch.range;
  return request;
}

void checkPinned(DownloadFetch& fetch, const std::string& commit) {
  if (!fetch.askedAt.empty()) return;
  const RepositoryFile& file = fetch.file->file();
  const auto differs = [&](std::string_view what, const std::string& found,
                           const std::string& expected) {
    fetch.wrongContent = true;
    return Error(ErrorKind::kProtocol, "the hub says its {} is {}, expected {}", what,
                 quoted(found), expected)
        .in(file.path);
  };
  if (const auto found = fetch.path.find("X-Repo-Commit"); found && *found != commit)
    throw differs("commit", *found, commit);
  // Of small files the ETag is the hub's own, which speaks first; others have others.
  const auto& redirects = fetch.path.redirects;
  const ResponseHead& first = redirects.empty() ? fetch.path.last : redirects.front();
  auto etag = fetch.path.find("X-Linked-ETag");
  if (!etag) etag = first.headers.find("ETag");
  if (etag && normalizedEtag(*etag) != file.contentName())
    throw differs("ETag", *etag, file.contentName());
}

bool sendsRange(const DownloadFetch& fetch) {
  const RepositoryFile& file = fetch.file->file();
  if (fetch.path.last.status != 206) return fetch.range.size() == file.size;
  const auto field = fetch.path.last.headers.find("Content-Range");
  const auto given = field ? parseContentRange(*field) : std::nullopt;
  const bool right =
      given && given->range == fetch.range && given->total.value_or(file.size) == file.size;
  if (!right)
    throw Error(ErrorKind::kProtocol, "asked for bytes {} to {} of {}, the server sends {}",
                fetch.range.begin, fetch.range.end, file.size,
                quoted(field.value_or("without saying which")))
        .in(file.path);
  return true;
}

}  // namespace orrery::hub
