#pragma once

#include <string>

#include "core/hub/download_plan.h"
#include "core/hub/file_download.h"
#include "core/hub/http_client.h"

namespace orrery::hub {

/// One request of a download: a piece of a file, or what it still lacks.
struct DownloadFetch {
  HttpClient::Id id = 0;
  FileDownload* file = nullptr;
  std::size_t piece = 0;
  ByteRange range;            ///< asked for
  std::uint64_t at = 0;       ///< of the next byte to come
  std::uint64_t end = 0;      ///< where to stop
  std::string arrived;        ///< bytes before `at` that are not written yet
  std::uint64_t gained = 0;   ///< bytes that were kept
  bool usable = false;        ///< the head promised what was asked for
  bool wrongContent = false;  ///< what the hub says of it is not what was published
  std::string askedAt;        ///< the location used; empty: the hub
  ResponsePath path;
};

/// What to ask for: of the location where the file was last found, or of the hub at the plan's
/// commit.
Request requestOf(const DownloadFetch& fetch, const DownloadPlan& plan,
                  const std::string& endpoint);

/// The commit is part of the address; a server that answers with another one, or with a content of
/// another name, would mix two revisions: an Error, and `wrongContent` is set.
void checkPinned(DownloadFetch& fetch, const std::string& commit);

/// Whether the body is the range that was asked for; false if all of the file comes instead. An
/// Error if it is neither.
bool sendsRange(const DownloadFetch& fetch);

}  // namespace orrery::hub
