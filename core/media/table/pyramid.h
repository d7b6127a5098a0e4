#pragma once

#include <cstdint>
#include <limits>
#include <span>
#include <vector>

namespace orrery::media::table {

/// The least and the greatest of some values that follow each other; NaN where none is a number.
struct Range {
  float least, greatest;
};

/// Least and greatest values of a long column at many resolutions, so that a plot of any width and
/// zoom looks at a few thousand numbers. Values are appended in order and not kept.
class Pyramid {
 public:
  /// Values under one range of the finest level.
  static constexpr std::int64_t kFinest = 64;
  /// Ranges under one of the next level.
  static constexpr std::int64_t kStep = 4;

  void append(std::span<const float> values);
  /// Number of values so far.
  std::int64_t size() const { return size_; }
  /// Numbers among them.
  std::int64_t numbers() const { return numbers_; }
  /// Over all.
  Range whole() const { return whole_; }

  /// `count` ranges that part the values from `first` up to `last` (not included) evenly, as finely
  /// as the levels tell: with fewer than kFinest values in each, neighbours share one.
  std::vector<Range> ranges(std::int64_t first, std::int64_t last, std::int64_t count) const;
  std::size_t bytes() const;

 private:
  void close(std::size_t level, Range range);

  std::vector<std::vector<Range>> levels_;
  static constexpr float kNone = std::numeric_limits<float>::quiet_NaN();
  Range open_{kNone, kNone};  ///< of the values behind the last whole range of the finest level
  std::int64_t openCount_ = 0;
  Range whole_{kNone, kNone};
  std::int64_t size_ = 0, numbers_ = 0;
};

}  // namespace orrery::media::table
