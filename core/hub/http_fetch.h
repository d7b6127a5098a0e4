#pragma once

#include <string>

#include "core/base/cancel.h"
#include "core/hub/http_client.h"

namespace orrery::hub {

/// A response whose body is held in memory.
struct Response {
  ResponsePath path;
  std::string body;

  int status() const { return path.last.status; }
};

struct FetchOptions {
  std::uint64_t bodyLimit = 64u << 20;  ///< a longer body is an Error
  int attempts = 5;                     ///< all together; 1: no retry
};

/// One request, done when this returns; on failures that may pass it tries again, waiting as the
/// server asks or ever longer; where no connection can be made it does not. Returns any response
/// that is no passing failure: look at status(), or call requireSuccess. Throws an Error: offline,
/// no connection, a body beyond the limit, cancelled (within 50 ms). Drives `client` meanwhile,
/// other transfers too.
Response fetch(HttpClient& client, const Request& request, const CancelToken& cancel = {},
               const FetchOptions& options = {});

/// A document of the hub's API of at most `limit` bytes: one that drips without an end is an Error
/// in the end. Errors name `what`.
Response fetchDocument(HttpClient& client, const std::string& url, std::string_view what,
                       std::uint64_t limit, const CancelToken& cancel);

/// Throws what statusError says unless the status is 2xx.
void requireSuccess(const ResponsePath& path, std::string_view what);

/// What a response of a failing status means for the user, in one sentence with the next step.
/// `what` names what was asked for: "org/name", "org/name: config.json".
Error statusError(const ResponsePath& path, std::string_view what);

/// Whether a request that ended so may succeed a moment later: 408, 429 and 5xx but 501 and 505.
bool isPassing(int status);

/// Waits between attempts: 1, 2, 4, … times `unit` (Settings::retryUnit) with some chance in it, at
/// most 20 times; what the server asks goes first. Empty if it asks for more than five minutes:
/// then waiting is the user's decision.
std::optional<std::chrono::milliseconds> delayBefore(int retry, const Headers* headers,
                                                     std::chrono::milliseconds unit);

}  // namespace orrery::hub
