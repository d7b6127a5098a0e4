#include "core/pipelines/forecast_metrics.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace orrery::pipelines {

double pinballLoss(double level, double truth, double forecast) {
  const double error = truth - forecast;
  return std::max(level * error, (level - 1) * error);
}

double sampleCrps(std::vector<float>& draws, double truth) {
  std::sort(draws.begin(), draws.end());
  const auto count = static_cast<double>(draws.size());
  double distance = 0, spread = 0;
  for (std::size_t i = 0; i < draws.size(); ++i) {
    distance += std::abs(draws[i] - truth);
    // Sorted, draw i is the greater one of a pair i times and the smaller one of all others.
    spread += draws[i] * (2.0 * static_cast<double>(i) + 1 - count);
  }
  return distance / count - spread / (count * count);
}

ScoreKeeper::ScoreKeeper(std::vector<double> levels, std::int64_t steps)
    : levels_(std::move(levels)),
      absolute_(static_cast<std::size_t>(steps)),
      squared_(static_cast<std::size_t>(steps)) {}

void ScoreKeeper::add(std::int64_t step, double truth, double point,
                      std::span<const float> quantiles, std::vector<float> draws,
                      double naiveScale) {
  const double error = std::abs(truth - point);
  absolute_[static_cast<std::size_t>(step)].add(error);
  squared_[static_cast<std::size_t>(step)].add(error * error);
  if (naiveScale > 0) scaled_.add(error / naiveScale);
  double pinball = 0;
  for (std::size_t i = 0; i < levels_.size(); ++i)
    pinball += pinballLoss(levels_[i], truth, quantiles.empty() ? point : quantiles[i]);
  if (!levels_.empty()) pinball_.add(pinball / static_cast<double>(levels_.size()));
  if (!draws.empty())
    crps_.add(sampleCrps(draws, truth));
  else
    crps_.add(quantiles.empty() ? error : 2 * pinball / static_cast<double>(levels_.size()));
  for (std::size_t i = 0; i < quantiles.size(); ++i)
    for (std::size_t j = i + 1; j < quantiles.size(); ++j)
      if (std::abs(levels_[i] + levels_[j] - 1) < 1e-9)
        coverage_[fmt::format("coverage_{:.4g}", levels_[j] - levels_[i])].add(
            truth >= quantiles[i] && truth <= quantiles[j] ? 1 : 0);
}

Scores ScoreKeeper::scores() const {
  Scores result;
  Sum absolute, squared;
  for (std::size_t i = 0; i < absolute_.size(); ++i) {
    result.maeByStep.push_back(absolute_[i].mean());
    result.mseByStep.push_back(squared_[i].mean());
    absolute.total += absolute_[i].total, absolute.count += absolute_[i].count;
    squared.total += squared_[i].total, squared.count += squared_[i].count;
  }
  result.values = {{"mae", absolute.mean()}, {"mse", squared.mean()}, {"crps", crps_.mean()}};
  if (scaled_.count > 0) result.values["mase"] = scaled_.mean();
  if (pinball_.count > 0) result.values["pinball"] = pinball_.mean();
  for (const auto& [name, sum] : coverage_) result.values[name] = sum.mean();
  return result;
}

}  // namespace orrery::pipelines
