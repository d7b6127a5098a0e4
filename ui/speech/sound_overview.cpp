#include "ui/speech/sound_overview.h"

#include <algorithm>
#include <cmath>

namespace orrery::ui {
namespace {

using Extent = WavePyramid::Extent;

Extent joined(const Extent& a, const Extent& b) {
  return {std::min(a.low, b.low), std::max(a.high, b.high)};
}

}  // namespace

WavePyramid::WavePyramid(std::vector<Extent> steps, double perSecond) : perSecond_(perSecond) {
  levels_.push_back(std::move(steps));
  while (levels_.back().size() > 1) {
    const std::vector<Extent>& fine = levels_.back();
    std::vector<Extent> coarse;
    coarse.reserve((fine.size() + 1) / 2);
    for (std::size_t i = 0; i < fine.size(); i += 2)
      coarse.push_back(i + 1 < fine.size() ? joined(fine[i], fine[i + 1]) : fine[i]);
    levels_.push_back(std::move(coarse));
  }
}

double WavePyramid::seconds() const {
  return levels_.empty() ? 0 : static_cast<double>(levels_.front().size()) / perSecond_;
}

std::vector<Extent> WavePyramid::look(double begin, double end, int columns) const {
  std::vector<Extent> seen(static_cast<std::size_t>(std::max(0, columns)));
  if (levels_.empty() || !(end > begin)) return seen;
  const double steps = (end - begin) * perSecond_ / columns;  // of the finest level, in a column
  const auto level = static_cast<std::size_t>(std::clamp(
      std::floor(std::log2(std::max(1.0, steps))), 0.0, static_cast<double>(levels_.size() - 1)));
  const std::vector<Extent>& from = levels_[level];
  const double scale = perSecond_ / std::exp2(static_cast<double>(level));
  const auto size = static_cast<std::ptrdiff_t>(from.size());
  for (int i = 0; i < columns; ++i) {
    const double left = (begin + (end - begin) * i / columns) * scale;
    const double right = (begin + (end - begin) * (i + 1) / columns) * scale;
    const auto first = static_cast<std::ptrdiff_t>(std::floor(left));
    const auto last = std::max(first + 1, static_cast<std::ptrdiff_t>(std::ceil(right)));
    if (last <= 0 || first >= size) continue;
    Extent extent = from[static_cast<std::size_t>(std::max<std::ptrdiff_t>(0, first))];
    for (auto at = std::max<std::ptrdiff_t>(0, first); at < std::min(last, size); ++at)
      extent = joined(extent, from[static_cast<std::size_t>(at)]);
    seen[static_cast<std::size_t>(i)] = extent;
  }
  return seen;
}

}  // namespace orrery::ui
