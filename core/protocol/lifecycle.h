#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/base/json.h"
#include "core/base/progress.h"

/// Messages that open, steer and end a connection.
///
/// Conventions of all message headers: a request names its method in kMethod and its answer in
/// Result; a notification has no Result. JSON names are those given in fields().
namespace orrery::protocol {

/// Counts changes that an older end would misunderstand. New optional fields and methods do not
/// count.
inline constexpr int kProtocolVersion = 1;

/// The answer of requests that have nothing to say.
struct Done {
  bool operator==(const Done&) const = default;
  static void fields(auto&, auto&) {}
};

struct InitializeResult {
  int protocol = kProtocolVersion;
  std::string engine;  ///< "orrery"
  std::string engineVersion;
  std::int64_t pid = 0;              ///< process id of the engine on its machine
  std::vector<std::string> methods;  ///< requests it answers

  bool operator==(const InitializeResult&) const = default;
  static void fields(auto& f, auto& self) {
    f("protocol", self.protocol);
    f.optional("engine", self.engine);
    f.optional("engine_version", self.engineVersion);
    f.optional("pid", self.pid);
    f.optional("methods", self.methods);
  }
};

/// First request of a connection; any other before it is refused. Another protocol version is
/// refused with an error of kind "protocol" that names both versions.
struct InitializeParams {
  static constexpr auto kMethod = "initialize";
  using Result = InitializeResult;

  int protocol = kProtocolVersion;
  std::string client;  ///< name and version of the other end, for logs

  bool operator==(const InitializeParams&) const = default;
  static void fields(auto& f, auto& self) {
    f("protocol", self.protocol);
    f.optional("client", self.client);
  }
};

/// Asks the engine to end: it cancels what runs, answers and exits with code 0. Closing its
/// standard input does the same without an answer.
struct ShutdownParams {
  static constexpr auto kMethod = "shutdown";
  using Result = Done;

  bool operator==(const ShutdownParams&) const = default;
  static void fields(auto&, auto&) {}
};

/// Notification: stop working on the request `id`, which then ends in an error of kind "cancelled",
/// or in its result if that was ready. An unknown id is ignored.
struct CancelParams {
  static constexpr auto kMethod = "$/cancelRequest";

  Json id;

  bool operator==(const CancelParams&) const = default;
  static void fields(auto& f, auto& self) { f("id", self.id); }
};

/// Notification: how far the request `request` is.
struct ProgressParams {
  static constexpr auto kMethod = "$/progress";

  Json request;  ///< its id
  Progress progress;

  bool operator==(const ProgressParams&) const = default;
  static void fields(auto& f, auto& self) {
    f("request", self.request);
    f("what", self.progress.what);
    f.optional("unit", self.progress.unit);
    f.optional("done", self.progress.done);
    f.optional("total", self.progress.total);
    f.optional("rate", self.progress.rate);
    f.optional("seconds_left", self.progress.secondsLeft);
  }
};

/// What the engine's process takes now.
struct StatsResult {
  std::int64_t residentBytes = 0;   ///< memory of the engine, mapped files included
  std::int64_t peakBytes = 0;       ///< the most it ever took
  std::int64_t anonymousBytes = 0;  ///< without mapped files, which the system can take back
  std::int64_t availableBytes = 0;  ///< what the machine can still give without swapping
  std::int64_t totalBytes = 0;      ///< memory of the machine
  double cpuSeconds = 0;            ///< used by the engine since it started
  int threads = 0;
  int runningRequests = 0;  ///< without this one

  bool operator==(const StatsResult&) const = default;
  static void fields(auto& f, auto& self) {
    f("resident_bytes", self.residentBytes);
    f("peak_bytes", self.peakBytes);
    f("anonymous_bytes", self.anonymousBytes);
    f("available_bytes", self.availableBytes);
    f("total_bytes", self.totalBytes);
    f("cpu_seconds", self.cpuSeconds);
    f("threads", self.threads);
    f("running_requests", self.runningRequests);
  }
};

struct StatsParams {
  static constexpr auto kMethod = "stats";
  using Result = StatsResult;

  bool operator==(const StatsParams&) const = default;
  static void fields(auto&, auto&) {}
};

}  // namespace orrery::protocol
