#pragma once

#include <parquet/column_reader.h>
#include <parquet/schema.h>

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/media/table/layout.h"

namespace orrery::media::table::parquet_file {

/// The values of one column of a row group, from its first row on.
class ColumnValues {
 public:
  virtual ~ColumnValues() = default;
  virtual void skip(std::int64_t rows) = 0;
  /// Appends the next `rows` values: numbers, times as seconds since 1970, times of day as seconds;
  /// NaN where there is none or it is not finite. An Error if there are fewer.
  virtual void read(std::int64_t rows, std::vector<double>& out) = 0;
  /// The next `rows` as text, none as an empty one.
  virtual std::vector<std::string> texts(std::int64_t rows) = 0;
};

/// What the file says that a column holds: a number, a time, or anything else (kText). Lists and
/// the like are text that is not shown.
Column::Kind kindOf(const parquet::ColumnDescriptor& column);

/// With a `form`, texts and plain numbers are read as such times. `column` must outlive the result.
std::unique_ptr<ColumnValues> columnValues(std::shared_ptr<parquet::ColumnReader> reader,
                                           const parquet::ColumnDescriptor& column,
                                           std::optional<TimeForm> form = {});

}  // namespace orrery::media::table::parquet_file
