#pragma once

#include "core/media/table/layout.h"

namespace orrery::media::table {

/// What one block of rows holds.
struct BlockValues {
  std::int64_t rows = 0, lines = 0;         ///< rows with values, and line breaks
  bool failed = false;                      ///< an Error ended it
  std::vector<std::vector<float>> columns;  ///< of those asked for
  std::vector<double> times;
};

/// Reads the rows of `text`, whose first line is `line` of the file (from 0, for messages). An
/// Error names row and column.
BlockValues readBlock(std::string_view text, const Layout& layout,
                      const std::vector<std::size_t>& columns, std::int64_t line);

}  // namespace orrery::media::table
