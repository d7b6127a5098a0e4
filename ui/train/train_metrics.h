#pragma once

#include <vector>

#include "core/base/json.h"

namespace orrery::ui {

struct MetricPoint {
  double step = 0;
  double seconds = 0;  ///< that the run had worked by then
  double value = 0;
  bool operator==(const MetricPoint&) const = default;
};

/// What the metrics of a run say, as curves. A plain value.
struct RunCurves {
  std::vector<MetricPoint> loss, evaluation, rate, gradient;
  std::vector<MetricPoint> throughput;  ///< examples a second between two lines

  /// Takes one line of metrics; what is no number in it is left out. `examples` are those of a
  /// step.
  void take(const Json& line, double examples);
  /// All lines of a run with these settings.
  static RunCurves from(const std::vector<Json>& lines, const Json& settings);

 private:
  double lastStep_ = 0, lastSeconds_ = 0;
};

/// Examples that each step sees.
double examplesOfStep(const Json& settings);

}  // namespace orrery::ui
