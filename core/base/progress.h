#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <string>

namespace orrery {

/// How far some work is. `total` is 0 while it is unknown.
struct Progress {
  std::string what;  ///< what is being done: "loading", "generating"
  std::string unit;  ///< "bytes", "tokens"
  double done = 0;
  double total = 0;
  double rate = 0;                    ///< units per second, smoothed; 0 while unknown
  std::optional<double> secondsLeft;  ///< empty while it cannot be told

  bool operator==(const Progress&) const = default;
};

using ProgressCallback = std::function<void(const Progress&)>;

/// Turns counts into Progress with a smoothed rate and the time left, and passes it on at most
/// every `interval`, and at the end. Not thread-safe: one thread reports.
class ProgressMeter {
 public:
  using Clock = std::chrono::steady_clock;

  ProgressMeter(std::string what, std::string unit, double total, ProgressCallback callback,
                Clock::duration interval = std::chrono::milliseconds(100));

  void advanceTo(double done, Clock::time_point now = Clock::now());
  void finish(Clock::time_point now = Clock::now());
  const Progress& current() const { return progress_; }

 private:
  void measure(Clock::time_point now);

  Progress progress_;
  ProgressCallback callback_;
  Clock::duration interval_;
  Clock::time_point measuredAt_;
  double measuredDone_ = 0;
};

}  // namespace orrery
