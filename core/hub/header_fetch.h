#pragma once

#include <filesystem>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "core/base/cancel.h"
#include "core/hub/http_client.h"

namespace orrery::hub {

/// The beginning of a remote file, kept as a file of the whole size that is a hole behind it: what
/// reads headers of files on disk reads this.
struct RemoteHeader {
  std::string url;
  std::string name;             ///< for messages
  std::uint64_t size = 0;       ///< of the whole file, as the hub's tree says
  std::filesystem::path place;  ///< where it is written
};

struct HeaderFetchOptions {
  std::uint64_t first = 32u << 10;  ///< bytes of the first request
  std::uint64_t limit = 64u << 20;  ///< of all requests for one file
  int atOnce = 16;                  ///< requests
  /// How many bytes the header takes whose file begins so, as far as that can be told.
  std::function<std::optional<std::uint64_t>(std::span<const std::byte>)> length;
};

/// Fetches all headers, several at a time, each by as few ranges as its length allows; returns the
/// bytes received. An Error names the file: a server that sends another range, a size that is not
/// the one expected, a header beyond the limit. Drives `client` meanwhile.
std::uint64_t fetchHeaders(HttpClient& client, const std::vector<RemoteHeader>& files,
                           const HeaderFetchOptions& options, const CancelToken& cancel = {});

/// HeaderFetchOptions::length of safetensors files.
std::optional<std::uint64_t> safetensorsHeaderBytes(std::span<const std::byte> start);

}  // namespace orrery::hub
