#pragma once

#include <span>

#include "core/pipelines/forecast.h"

/// How good forecasts were.
namespace orrery::pipelines {

/// max(level * (truth - forecast), (level - 1) * (truth - forecast)).
double pinballLoss(double level, double truth, double forecast);

/// Continuous ranked probability score of draws: mean |x - truth| - half the mean |x - x'|. Sorts
/// `draws`.
double sampleCrps(std::vector<float>& draws, double truth);

/// Collects the errors of one kind of forecast, over windows and series.
class ScoreKeeper {
 public:
  ScoreKeeper(std::vector<double> levels, std::int64_t steps);

  /// One value that came: `quantiles` one for each level, or none; then the point stands for all.
  /// `draws` may be empty. `naiveScale` is the mean error of seasonal-naive before the first
  /// origin.
  void add(std::int64_t step, double truth, double point, std::span<const float> quantiles,
           std::vector<float> draws, double naiveScale);
  /// Means of all. Without draws CRPS is twice the mean pinball loss over the levels, what it tends
  /// to with many; of a point alone, the absolute error.
  Scores scores() const;

 private:
  struct Sum {
    double total = 0;
    std::int64_t count = 0;
    void add(double value) { total += value, ++count; }
    double mean() const { return count == 0 ? 0 : total / static_cast<double>(count); }
  };

  std::vector<double> levels_;
  std::vector<Sum> absolute_, squared_;  ///< of each step
  Sum scaled_, pinball_, crps_;
  std::map<std::string, Sum> coverage_;
};

}  // namespace orrery::pipelines
