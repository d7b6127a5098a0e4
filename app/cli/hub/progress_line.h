#pragma once

#include <chrono>
#include <string>

#include "core/base/progress.h"

namespace orrery::cli {

/// Progress of bytes on standard error: one line that changes on a terminal, else a plain line
/// every ten seconds.
class ProgressLine {
 public:
  ProgressLine();
  ~ProgressLine();
  void show(const Progress& progress);
  /// A line of its own, above the one that changes.
  void say(const std::string& line);

 private:
  void clear();

  bool terminal_;
  bool shown_ = false;
  std::chrono::steady_clock::time_point last_{};
};

}  // namespace orrery::cli
