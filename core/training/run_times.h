#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <vector>

namespace orrery::training {

/// How long a run has worked when it told each line of its metrics: times.jsonl beside
/// metrics.jsonl, a line for each of its lines. Rests and the time between two processes do not
/// count. Apart from the metrics, which are the same whenever a run goes on.
class RunTimes {
 public:
  /// Goes on behind the first `lines` of what `folder` has.
  void begin(const std::filesystem::path& folder, std::size_t lines);
  /// Adds a line; returns its seconds. Times are no reason for a run to fail: where they cannot be
  /// written, they are missing.
  double add(std::int64_t step);
  void rest();
  void goOn();

 private:
  using Clock = std::chrono::steady_clock;
  double seconds() const;

  std::filesystem::path path_;
  double before_ = 0;  ///< seconds until `since_`
  Clock::time_point since_ = Clock::now();
};

/// What times.jsonl of `folder` says, line by line; as far as it can be read.
std::vector<double> readTimes(const std::filesystem::path& folder);

}  // namespace orrery::training
