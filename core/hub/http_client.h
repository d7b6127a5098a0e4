#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string_view>

#include "core/base/error.h"
#include "core/hub/http_message.h"
#include "core/hub/settings.h"

namespace orrery::hub {

/// What a transfer tells. An exception that leaves `head` or `body` ends the transfer and is what
/// `done` gets. None of them is called after the transfer was dropped.
struct TransferEvents {
  /// Once, before the body, when redirects are behind it; of any status.
  std::function<void(const ResponsePath&)> head = {};
  /// Parts of the body, decoded.
  std::function<void(std::string_view)> body = {};
  /// Once, last: without an Error when the whole response has arrived, whatever its status. An
  /// Error of kind kIo: no connection could be made. May start other transfers.
  std::function<void(const std::optional<Error>&)> done = {};
};

/// Many HTTP transfers at a time on the thread that calls poll(); connections are kept and used
/// again. The token goes to the origin of the hub's endpoint only, whatever redirects say.
/// Not thread-safe.
class HttpClient {
 public:
  using Id = std::uint64_t;

  explicit HttpClient(Settings settings);
  ~HttpClient();
  HttpClient(const HttpClient&) = delete;
  HttpClient& operator=(const HttpClient&) = delete;

  /// Begins a transfer. Failures come to `events.done`, never from here.
  Id start(Request request, TransferEvents events);
  /// Forgets a transfer and closes what it uses; an unknown id is ignored.
  void drop(Id id);
  std::size_t running() const;

  /// Works on all transfers, waiting at most `wait` for something to happen.
  void poll(std::chrono::milliseconds wait);

  /// Ends a poll() of the client's thread early; the one member that any thread may call.
  void wakeUp();

  /// All bodies together in bytes per second; 0: as fast as they come.
  void setRateLimit(double bytesPerSecond);

  const Settings& settings() const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace orrery::hub
