#include "core/media/table/block.h"

#include <algorithm>
#include <limits>

#include "core/base/error.h"
#include "core/base/utf8.h"

namespace orrery::media::table {
namespace {

std::string place(const Layout& layout, std::int64_t line, std::size_t column) {
  return fmt::format("line {}, column {}", line + 1, quoted(layout.columns[column].name));
}

Error unexpected(const Layout& layout, std::int64_t line, std::size_t column,
                 std::string_view expected, std::string_view found) {
  return Error(ErrorKind::kInvalidInput, "expected {}, found {}", expected, quoted(found))
      .in(place(layout, line, column));
}

void checkWidth(const Layout& layout, std::size_t found, std::int64_t line) {
  const std::size_t width = layout.columns.size();
  if (found == width) return;
  throw Error(ErrorKind::kInvalidInput, "expected {} cells, as in the first row, found {}", width,
              found)
      .in(fmt::format("line {}", line + 1));
}

double timeOf(const Layout& layout, const std::vector<std::string_view>& cells, std::int64_t line) {
  const std::size_t column = layout.timeColumns[0];
  const auto date = parseTime(cells[column], layout.timeForm);
  if (!date)
    throw unexpected(layout, line, column,
                     fmt::format("a time ({})", timeFormName(layout.timeForm)), cells[column]);
  if (layout.timeColumns.size() == 1) return *date;
  const std::size_t second = layout.timeColumns[1];
  const auto clock = parseTimeOfDay(cells[second]);
  if (!clock) throw unexpected(layout, line, second, "a time of day", cells[second]);
  return *date + *clock;
}

float numberOf(const Layout& layout, std::string_view cell, std::int64_t line, std::size_t column) {
  if (const auto value = parseNumber(cell, layout.syntax.decimal))
    return static_cast<float>(*value);
  if (isMissing(cell, layout.syntax)) return std::numeric_limits<float>::quiet_NaN();
  throw unexpected(layout, line, column, "a number", trimmed(cell));
}

/// A file that began as UTF-8 has to go on so.
void requireUtf8(std::string_view text, const Layout& layout, std::int64_t line) {
  if (layout.encoding != Encoding::kUtf8) return;
  const bool ascii = std::all_of(text.begin(), text.end(),
                                 [](char c) { return static_cast<signed char>(c) >= 0; });
  if (ascii) return;
  const std::size_t at = utf8::firstInvalid(text);
  if (at == text.npos) return;
  const auto lines = std::count(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(at), '\n');
  const std::size_t begin = text.rfind('\n', at) == text.npos ? 0 : text.rfind('\n', at) + 1;
  const auto column = static_cast<std::size_t>(
      std::count(text.begin() + static_cast<std::ptrdiff_t>(begin),
                 text.begin() + static_cast<std::ptrdiff_t>(at), layout.syntax.delimiter));
  throw Error(ErrorKind::kInvalidInput,
              "is not UTF-8, as the file begins: encodings are mixed; \"encoding\": \"latin-1\" "
              "takes any byte")
      .in(place(layout, line + lines, std::min(column, layout.columns.size() - 1)));
}

}  // namespace

BlockValues readBlock(std::string_view text, const Layout& layout,
                      const std::vector<std::size_t>& columns, std::int64_t line) {
  requireUtf8(text, layout, line);
  BlockValues result;
  result.columns.resize(columns.size());
  RowReader reader(text, layout.syntax);
  std::vector<std::string_view> cells;
  while (reader.next(cells)) {
    const std::int64_t at = line + static_cast<std::int64_t>(reader.line());
    // Some programs end every row with a delimiter.
    if (cells.size() == layout.columns.size() + 1 && trimmed(cells.back()).empty())
      cells.pop_back();
    checkWidth(layout, cells.size(), at);
    for (std::size_t i = 0; i < columns.size(); ++i)
      result.columns[i].push_back(numberOf(layout, cells[columns[i]], at, columns[i]));
    if (!layout.timeColumns.empty()) result.times.push_back(timeOf(layout, cells, at));
    ++result.rows;
  }
  result.lines = std::count(text.begin(), text.end(), '\n');
  return result;
}

}  // namespace orrery::media::table
