#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/base/json.h"
#include "core/media/table/cells.h"
#include "core/media/table/encoding.h"
#include "core/media/table/times.h"

namespace orrery::media::table {

/// How a table is to be read; what is not set is found in the file.
struct ReadOptions {
  std::optional<Encoding> encoding;
  std::optional<char> delimiter, quote, decimal;
  std::vector<std::string> missing;      ///< further spellings of no value
  std::optional<std::int64_t> skipRows;  ///< lines before the header, or before the first row
  std::optional<std::int64_t> skipAfterHeader;  ///< rows of units and the like below the header
  std::optional<bool> header;
  /// The column with the times, or two with date and time of day; no name: none.
  std::optional<std::vector<std::string>> timeColumns;
  std::optional<TimeForm> timeForm;

  /// From the fields encoding, delimiter ("tab" and "space" too), quote, decimal, missing,
  /// skip_rows, skip_after_header, header, time_columns and time_form. An Error names a field that
  /// is none of these or has a wrong value.
  static ReadOptions fromJson(const Json& json);
};

struct Column {
  enum class Kind { kNumber, kTime, kText };
  std::string name;
  Kind kind = Kind::kNumber;
};

/// What kind of file holds a table.
enum class FileKind { kText, kParquet };

/// How a table is read. Of a file that is no text, encoding, syntax, header and skipped rows mean
/// nothing.
struct Layout {
  FileKind file = FileKind::kText;
  Encoding encoding = Encoding::kUtf8;
  Syntax syntax;
  std::int64_t skipRows = 0, skipAfterHeader = 0;
  bool header = true;
  std::vector<Column> columns;
  std::vector<std::size_t> timeColumns;  ///< none, one, or date and time of day
  TimeForm timeForm = TimeForm::kYearMonthDay;
  bool typedTimes = false;  ///< the file itself says what the times are; timeForm means nothing

  /// The column of that name; an Error lists the names.
  std::size_t columnNamed(const std::string& name) const;
  OrderedJson toJson() const;
};

/// The layout with the first rows as they stand in the file.
struct Preview {
  Layout layout;
  std::vector<std::vector<std::string>> rows;
  OrderedJson toJson() const;
};

/// Finds how a table is made from the bytes that it begins with. `whole`: there are no more. An
/// Error says why it is no table.
Preview findLayout(std::string_view begin, bool whole, const ReadOptions& options);

/// Rows by which it is told how columns are read.
inline constexpr std::size_t kSampleRows = 1000;

/// An Error if a table has more columns than can be dealt with.
void requireFewColumns(std::size_t count);

/// The layout of a file that says itself what its columns hold; `rows` are the first, as text.
/// Columns of texts and of whole numbers are times where these look so. An Error names an option
/// that is for texts alone.
Preview layoutOfColumns(std::vector<Column> columns, std::vector<std::vector<std::string>> rows,
                        const ReadOptions& options);

/// Characters of `bytes` behind a byte-order mark and `layout.skipRows` lines.
std::string_view afterSkipped(std::string_view text, std::int64_t lines);

}  // namespace orrery::media::table
