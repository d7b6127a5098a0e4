#include "core/media/table/pyramid.h"

#include <algorithm>
#include <cmath>

namespace orrery::media::table {
namespace {

/// Comparisons with NaN are false: a number takes its place, and it takes the place of none.
Range join(Range a, Range b) {
  if (!(b.least >= a.least) && b.least == b.least) a.least = b.least;
  if (!(b.greatest <= a.greatest) && b.greatest == b.greatest) a.greatest = b.greatest;
  return a;
}

}  // namespace

void Pyramid::close(std::size_t level, Range range) {
  if (levels_.size() <= level) levels_.resize(level + 1);
  std::vector<Range>& ranges = levels_[level];
  ranges.push_back(range);
  if (ranges.size() % kStep != 0) return;
  for (std::size_t i = ranges.size() - kStep; i + 1 < ranges.size(); ++i)
    range = join(range, ranges[i]);
  close(level + 1, range);
}

void Pyramid::append(std::span<const float> values) {
  for (const float value : values) {
    open_ = join(open_, {value, value});
    numbers_ += !std::isnan(value);
    if (++openCount_ < kFinest) continue;
    whole_ = join(whole_, open_);
    close(0, open_);
    open_ = {kNone, kNone};
    openCount_ = 0;
  }
  whole_ = join(whole_, open_);
  size_ += static_cast<std::int64_t>(values.size());
}

std::vector<Range> Pyramid::ranges(std::int64_t first, std::int64_t last,
                                   std::int64_t count) const {
  first = std::clamp<std::int64_t>(first, 0, size_);
  last = std::clamp(last, first, size_);
  std::vector<Range> result;
  if (first == last) return result;
  const double each = static_cast<double>(last - first) / static_cast<double>(count);
  std::size_t level = 0;
  std::int64_t width = kFinest;
  while (level + 1 < levels_.size() && static_cast<double>(width * kStep) <= each)
    ++level, width *= kStep;
  const auto at = [&](std::int64_t index) {
    if (level < levels_.size() && index < static_cast<std::int64_t>(levels_[level].size()))
      return levels_[level][static_cast<std::size_t>(index)];
    // The end is not whole yet: what the finer levels have of it.
    Range tail = open_;
    for (std::size_t finer = 0; finer <= level && finer < levels_.size(); ++finer) {
      std::int64_t from = index;
      for (std::size_t i = finer; i < level; ++i) from *= kStep;
      for (auto i = static_cast<std::size_t>(from); i < levels_[finer].size(); ++i)
        tail = join(tail, levels_[finer][i]);
    }
    return tail;
  };
  for (std::int64_t i = 0; i < count; ++i) {
    const auto begin = first + static_cast<std::int64_t>(each * static_cast<double>(i));
    const auto end =
        std::max(begin + 1, first + static_cast<std::int64_t>(each * static_cast<double>(i + 1)));
    Range all{kNone, kNone};
    for (std::int64_t index = begin / width; index <= (std::min(end, last) - 1) / width; ++index)
      all = join(all, at(index));
    result.push_back(all);
  }
  return result;
}

std::size_t Pyramid::bytes() const {
  std::size_t sum = 0;
  for (const auto& level : levels_) sum += level.capacity() * sizeof(Range);
  return sum;
}

}  // namespace orrery::media::table
