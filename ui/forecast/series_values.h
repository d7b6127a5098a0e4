#pragma once

#include <QString>
#include <memory>
#include <vector>

#include "core/protocol/table.h"

namespace orrery::ui {

/// Rows of some columns of a table: values, or how far they reach in stretches of rows.
class SeriesValues {
 public:
  SeriesValues() = default;
  /// Throws an Error if the arrays are not those of `columns` columns.
  SeriesValues(const protocol::TableSeriesResult& result, std::vector<std::string> columns);

  bool empty() const { return count_ == 0; }
  std::int64_t first() const { return first_; }
  std::int64_t last() const { return first_ + count_; }  ///< behind the last
  /// Whether each row's value is known.
  bool exact() const { return exact_; }
  bool covers(double first, double last) const;
  bool has(const std::string& column) const { return indexOf(column) >= 0; }
  /// The value of a row; NaN where there is none, or where it is not known exactly.
  double at(const std::string& column, std::int64_t row) const;

  /// A line through `low`, or where `high` is not empty the stretch between both.
  struct Curve {
    std::vector<double> rows, low, high;
  };
  /// What a plot `pixels` wide has to draw of the rows from `begin` to `end`.
  Curve look(const std::string& column, double begin, double end, int pixels) const;

  bool hasTimes() const { return step_ > 0 || times_.size() > 1; }
  /// Seconds since 1970 of a row, also behind the ends.
  double timeAt(double row) const;

 private:
  int indexOf(const std::string& column) const;
  void joinColumn(Curve& curve, const float* low, const float* high, std::int64_t begin,
                  std::int64_t end, int pixels) const;

  std::shared_ptr<const protocol::Arrays> arrays_;
  std::vector<std::string> columns_;
  std::int64_t first_ = 0, count_ = 0;
  std::int64_t points_ = 0;  ///< values or stretches of each column
  bool exact_ = false;
  double start_ = 0, step_ = 0;  ///< of the times; 0: not even
  std::vector<double> times_;    ///< spread evenly over the rows
};

/// "2016-07-01 13:00", as short as the times of a table with that step allow.
QString rowTimeText(double seconds, double step);

}  // namespace orrery::ui
