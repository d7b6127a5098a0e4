#pragma once

#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// Rows and cells of a text that lies in memory.
namespace orrery::media::table {

/// How rows are made of characters.
struct Syntax {
  char delimiter = ',';
  char quote = '"';
  char decimal = '.';
  /// What stands for no value beside the usual spellings (an empty cell, NA, NaN, null, None, -,
  /// …).
  std::vector<std::string> missing;
};

/// Takes a text apart, row by row. A quoted cell may hold delimiters, line breaks and doubled
/// quotes.
class RowReader {
 public:
  RowReader(std::string_view text, const Syntax& syntax) : text_(text), syntax_(syntax) {}

  /// Reads the next row that is not blank into `cells`, which point into the text or, where quotes
  /// were doubled, into this reader until the next call. False at the end.
  bool next(std::vector<std::string_view>& cells);
  /// Line breaks before the row that next() gave, so far.
  std::size_t line() const { return rowLine_; }
  /// Where the next row begins.
  std::size_t offset() const { return at_; }

 private:
  std::string_view quotedCell();
  std::string_view plainCell();
  void endRow();

  std::string_view text_;
  const Syntax& syntax_;
  std::size_t at_ = 0, line_ = 0, rowLine_ = 0;
  std::deque<std::string> unescaped_;
};

/// Where the last whole row of `text` ends, behind its line break; 0 if none does. A line break
/// inside quotes ends no row. `unit` is the size of a character, whose significant byte is at
/// `significant` of it.
std::size_t endOfLastRow(std::string_view text, const Syntax& syntax, std::size_t unit = 1,
                         std::size_t significant = 0);

/// The cell without blanks around it.
std::string_view trimmed(std::string_view cell);

bool isMissing(std::string_view cell, const Syntax& syntax);

/// A number such as 12, -3.5, 1e-3, 1,5 (with a decimal comma), 1.234,5 or 1,234.5 (with groups of
/// three), 12%: then 0.12; nothing if the cell is none. "inf" is none.
std::optional<double> parseNumber(std::string_view cell, char decimal);

}  // namespace orrery::media::table
