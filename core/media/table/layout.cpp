#include "core/media/table/layout.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <map>

#include "core/base/error.h"
#include "core/base/utf8.h"

namespace orrery::media::table {
namespace {

using Rows = std::vector<std::vector<std::string>>;
constexpr std::size_t kPreviewRows = 100;
constexpr std::size_t kMostColumns = 100'000;

Rows readRows(std::string_view text, const Syntax& syntax, std::size_t most) {
  Rows rows;
  RowReader reader(text, syntax);
  std::vector<std::string_view> cells;
  while (rows.size() < most && reader.next(cells)) {
    auto& row = rows.emplace_back();
    for (const auto cell : cells) row.emplace_back(trimmed(cell));
  }
  return rows;
}

/// How many cells most rows have, and the share of rows that do.
std::pair<std::size_t, double> usualWidth(const Rows& rows) {
  std::map<std::size_t, std::size_t> counts;
  for (const auto& row : rows) ++counts[row.size()];
  std::pair<std::size_t, std::size_t> best{0, 0};
  for (const auto& [width, count] : counts)
    if (count >= best.second) best = {width, count};
  if (rows.empty()) return {0, 0.0};
  return {best.first, static_cast<double>(best.second) / static_cast<double>(rows.size())};
}

/// A character that cuts most rows into equally many cells. Commas come late: they are decimals
/// too.
char findDelimiter(std::string_view text, Syntax syntax) {
  constexpr std::array kCandidates{'\t', ';', '|', ',', ' '};
  std::array<double, kCandidates.size()> shares{};
  for (std::size_t i = 0; i < kCandidates.size(); ++i) {
    syntax.delimiter = kCandidates[i];
    const auto [width, share] = usualWidth(readRows(text, syntax, 200));
    shares[i] = width > 1 ? share : 0;
    if (kCandidates[i] == ' ') shares[i] /= 2;  // texts have blanks
  }
  const double best = *std::max_element(shares.begin(), shares.end());
  if (best < 0.2) return ',';
  for (std::size_t i = 0; i < kCandidates.size(); ++i)
    if (shares[i] > 0.9 * best) return kCandidates[i];
  return ',';
}

/// Lines before the first row that is as wide as most.
std::int64_t findSkipped(std::string_view text, const Syntax& syntax) {
  const std::size_t width = usualWidth(readRows(text, syntax, 200)).first;
  RowReader reader(text, syntax);
  std::vector<std::string_view> cells;
  while (reader.next(cells))
    if (cells.size() == width) return static_cast<std::int64_t>(reader.line());
  return 0;
}

char findDecimal(const Rows& rows, const Syntax& syntax) {
  if (syntax.delimiter == ',') return '.';
  std::size_t points = 0, commas = 0;
  bool anyComma = false;
  for (const auto& row : rows)
    for (const std::string& cell : row) {
      points += parseNumber(cell, '.').has_value();
      commas += parseNumber(cell, ',').has_value();
      anyComma = anyComma || cell.find(',') != cell.npos;
    }
  // 1,234 is a number either way; between semicolons the comma is the decimal one.
  const bool tie = commas == points && anyComma && syntax.delimiter == ';';
  return commas > points || tie ? ',' : '.';
}

/// The cells of one column that hold something.
std::vector<std::string> valuesOf(const Rows& rows, std::size_t column, const Syntax& syntax) {
  std::vector<std::string> values;
  for (const auto& row : rows)
    if (column < row.size() && !isMissing(row[column], syntax)) values.push_back(row[column]);
  return values;
}

bool mostlyNumbers(const std::vector<std::string>& values, char decimal) {
  const auto numbers =
      static_cast<std::size_t>(std::count_if(values.begin(), values.end(), [&](const auto& value) {
        return parseNumber(value, decimal).has_value();
      }));
  return numbers * 10 >= values.size() * 9;
}

bool soundsLikeTime(std::string name) {
  std::transform(name.begin(), name.end(), name.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  for (const char* word : {"date", "time", "datum", "zeit", "epoch", "stamp", "fecha", "month"})
    if (name.find(word) != name.npos) return true;
  return name == "ds" || name == "ts" || name == "t" || name == "day";
}

/// Whether the first row names columns: one of its cells is a text above numbers or times, or all
/// are texts.
bool looksLikeHeader(const Rows& rows, const Syntax& syntax) {
  const Rows below(rows.begin() + 1, rows.end());
  bool allTexts = true;
  for (std::size_t i = 0; i < rows[0].size(); ++i) {
    const std::string& cell = rows[0][i];
    const bool text = !isMissing(cell, syntax) && !parseNumber(cell, syntax.decimal) &&
                      !findTimeForm({cell}, false);
    allTexts = allTexts && (text || cell.empty());
    const auto values = valuesOf(below, i, syntax);
    if (text && !values.empty() &&
        (mostlyNumbers(values, syntax.decimal) || findTimeForm(values, false)))
      return true;
  }
  return allTexts;
}

/// Rows of units below the header: one, if a cell of it is a text above numbers.
std::int64_t findUnits(const Rows& rows, const Syntax& syntax) {
  if (rows.size() < 3) return 0;
  const Rows below(rows.begin() + 1, rows.end());
  bool text = false;
  for (std::size_t i = 0; i < rows[0].size(); ++i) {
    if (isMissing(rows[0][i], syntax)) continue;
    if (parseNumber(rows[0][i], syntax.decimal) || findTimeForm({rows[0][i]}, false)) return 0;
    const auto values = valuesOf(below, i, syntax);
    text = text || (!values.empty() && mostlyNumbers(values, syntax.decimal));
  }
  return text ? 1 : 0;
}

Column::Kind findKind(const std::string& name, const std::vector<std::string>& values,
                      char decimal) {
  if (values.empty()) return Column::Kind::kNumber;
  const bool hint = soundsLikeTime(name);
  if (hint && findTimeForm(values, true)) return Column::Kind::kTime;
  if (mostlyNumbers(values, decimal)) return Column::Kind::kNumber;
  return findTimeForm(values, false) ? Column::Kind::kTime : Column::Kind::kText;
}

bool areTimesOfDay(const std::vector<std::string>& values) {
  return !values.empty() && std::all_of(values.begin(), values.end(), [](const auto& value) {
    return parseTimeOfDay(value).has_value();
  });
}

void findTimes(Layout& layout, const Rows& rows, const ReadOptions& options) {
  if (options.timeColumns) {
    if (options.timeColumns->size() > 2)
      throw Error(ErrorKind::kInvalidInput,
                  "time_columns: expected one column, or two with date and time of day, found {}",
                  options.timeColumns->size());
    for (const auto& name : *options.timeColumns)
      layout.timeColumns.push_back(layout.columnNamed(name));
  } else {
    for (std::size_t i = 0; i < layout.columns.size() && layout.timeColumns.empty(); ++i)
      if (layout.columns[i].kind == Column::Kind::kTime) layout.timeColumns = {i};
    if (layout.timeColumns.empty()) return;
    const std::size_t next = layout.timeColumns[0] + 1;
    const auto dates = valuesOf(rows, layout.timeColumns[0], layout.syntax);
    const bool dateOnly = std::none_of(dates.begin(), dates.end(), [](const std::string& date) {
      return date.find(':') != date.npos;
    });
    if (dateOnly && next < layout.columns.size() &&
        areTimesOfDay(valuesOf(rows, next, layout.syntax)))
      layout.timeColumns.push_back(next);
  }
  for (const std::size_t column : layout.timeColumns)
    layout.columns[column].kind = Column::Kind::kTime;
  if (layout.timeColumns.empty()) return;
  const auto values = valuesOf(rows, layout.timeColumns[0], layout.syntax);
  const auto form = options.timeForm ? options.timeForm : findTimeForm(values, /*epochs=*/true);
  if (!form)
    throw Error(ErrorKind::kInvalidInput, "column {}: no form of time reads {}; set time_form",
                quoted(std::string_view(layout.columns[layout.timeColumns[0]].name)),
                values.empty() ? "it, for it is empty" : quoted(values[0]));
  layout.timeForm = *form;
}

char charOf(const JsonField& field) {
  const auto text = field.as<std::string>();
  if (text == "tab" || text == "\\t") return '\t';
  if (text == "space") return ' ';
  if (text.size() != 1 || text[0] == '\n' || text[0] == '\r')
    throw field.error("expected one character, \"tab\" or \"space\"");
  return text[0];
}

std::string nameOfChar(char c) {
  return c == '\t' ? "tab" : c == ' ' ? "space" : std::string(1, c);
}

void nameColumns(Layout& layout, const std::vector<std::string>& names, std::size_t width) {
  std::map<std::string, int> seen;
  for (std::size_t i = 0; i < width; ++i) {
    std::string name = layout.header && i < names.size() ? names[i] : "";
    if (name.empty()) name = fmt::format("column {}", i + 1);
    if (const int count = ++seen[name]; count > 1) name += fmt::format(" ({})", count);
    layout.columns.push_back({std::move(name)});
  }
}

void refuseTextOptions(const ReadOptions& options) {
  const std::pair<const char*, bool> given[] = {
      {"encoding", options.encoding.has_value()},
      {"delimiter", options.delimiter.has_value()},
      {"quote", options.quote.has_value()},
      {"decimal", options.decimal.has_value()},
      {"missing", !options.missing.empty()},
      {"skip_rows", options.skipRows.has_value()},
      {"skip_after_header", options.skipAfterHeader.has_value()},
      {"header", options.header.has_value()}};
  for (const auto& [name, is] : given)
    if (is)
      throw Error(ErrorKind::kInvalidInput,
                  "table.{}: is for texts; a Parquet file takes time_columns and time_form", name);
}

}  // namespace

void requireFewColumns(std::size_t count) {
  if (count > kMostColumns)
    throw Error(ErrorKind::kInvalidInput, "has {} columns, expected at most {}", count,
                kMostColumns);
}

std::string_view afterSkipped(std::string_view text, std::int64_t lines) {
  for (; lines > 0 && !text.empty(); --lines) {
    const std::size_t end = text.find('\n');
    text.remove_prefix(end == text.npos ? text.size() : end + 1);
  }
  return text;
}

Preview findLayout(std::string_view begin, bool whole, const ReadOptions& options) {
  Preview preview;
  Layout& layout = preview.layout;
  layout.encoding = options.encoding.value_or(guessEncoding(begin));
  std::string_view bytes = begin.substr(std::min(markLength(begin), begin.size()));
  const std::string text = toUtf8(bytes, layout.encoding);
  Syntax& syntax = layout.syntax;
  syntax.missing = options.missing;
  syntax.quote = options.quote.value_or('"');
  std::string_view sample = text;
  if (!whole) {
    const std::size_t end = sample.rfind('\n');
    if (end == sample.npos)
      throw Error(ErrorKind::kInvalidInput, "no line ends in its first part; expected a table");
    sample = sample.substr(0, end + 1);
  }
  if (sample.find('\0') != sample.npos)
    throw Error(ErrorKind::kInvalidInput, "has bytes of 0; expected a text table");
  syntax.delimiter = options.delimiter ? *options.delimiter : findDelimiter(sample, syntax);
  layout.skipRows = options.skipRows.value_or(findSkipped(sample, syntax));
  Rows rows = readRows(afterSkipped(sample, layout.skipRows), syntax, kSampleRows);
  if (rows.empty()) throw Error(ErrorKind::kInvalidInput, "is empty; expected rows of cells");
  syntax.decimal = options.decimal ? *options.decimal : findDecimal(rows, syntax);
  if (syntax.decimal == syntax.delimiter)
    throw Error(ErrorKind::kInvalidInput, "decimal: {} already parts the cells",
                quoted(nameOfChar(syntax.decimal)));
  layout.header = options.header.value_or(looksLikeHeader(rows, syntax));
  const auto names = rows[0];
  if (layout.header) rows.erase(rows.begin());
  layout.skipAfterHeader =
      options.skipAfterHeader.value_or(layout.header ? findUnits(rows, syntax) : 0);
  rows.erase(rows.begin(),
             rows.begin() + std::min<std::ptrdiff_t>(layout.skipAfterHeader,
                                                     static_cast<std::ptrdiff_t>(rows.size())));
  const std::size_t width = layout.header ? names.size() : usualWidth(rows).first;
  requireFewColumns(width);
  nameColumns(layout, names, width);
  for (std::size_t i = 0; i < width; ++i)
    layout.columns[i].kind =
        findKind(layout.columns[i].name, valuesOf(rows, i, syntax), syntax.decimal);
  findTimes(layout, rows, options);
  preview.rows.assign(rows.begin(), rows.begin() + static_cast<std::ptrdiff_t>(
                                                       std::min(rows.size(), kPreviewRows)));
  return preview;
}

Preview layoutOfColumns(std::vector<Column> columns, Rows rows, const ReadOptions& options) {
  refuseTextOptions(options);
  Preview preview;
  Layout& layout = preview.layout;
  layout.file = FileKind::kParquet;
  layout.columns = columns;
  for (std::size_t i = 0; i < columns.size(); ++i) {
    const auto values = valuesOf(rows, i, layout.syntax);
    if (columns[i].kind != Column::Kind::kTime &&
        findKind(columns[i].name, values, '.') == Column::Kind::kTime)
      layout.columns[i].kind = Column::Kind::kTime;
  }
  findTimes(layout, rows, options);
  layout.typedTimes =
      !layout.timeColumns.empty() && columns[layout.timeColumns[0]].kind == Column::Kind::kTime;
  if (layout.typedTimes && options.timeForm)
    throw Error(ErrorKind::kInvalidInput, "table.time_form: column {} holds times, not texts",
                quoted(columns[layout.timeColumns[0]].name));
  rows.resize(std::min(rows.size(), kPreviewRows));
  preview.rows = std::move(rows);
  return preview;
}

std::size_t Layout::columnNamed(const std::string& name) const {
  std::vector<std::string> names;
  for (std::size_t i = 0; i < columns.size(); ++i) {
    if (columns[i].name == name) return i;
    if (names.size() < 20) names.push_back(columns[i].name);
  }
  throw Error(ErrorKind::kNotFound, "there is no column {}, expected one of {}{}", quoted(name),
              fmt::join(names, ", "), columns.size() > names.size() ? ", …" : "");
}

OrderedJson Layout::toJson() const {
  constexpr std::array<const char*, 3> kKinds{"number", "time", "text"};
  OrderedJson json{{"format", file == FileKind::kText ? "text" : "parquet"}};
  if (file == FileKind::kText)
    json.update({{"encoding", encodingName(encoding)},
                 {"delimiter", nameOfChar(syntax.delimiter)},
                 {"quote", std::string(1, syntax.quote)},
                 {"decimal", std::string(1, syntax.decimal)},
                 {"missing", syntax.missing},
                 {"skip_rows", skipRows},
                 {"header", header},
                 {"skip_after_header", skipAfterHeader}});
  json["time_columns"] = OrderedJson::array();
  json["columns"] = OrderedJson::array();
  for (const std::size_t column : timeColumns)
    json["time_columns"].push_back(utf8::sanitized(columns[column].name));
  if (!timeColumns.empty() && !typedTimes) json["time_form"] = timeFormName(timeForm);
  for (const Column& column : columns)
    json["columns"].push_back({{"name", utf8::sanitized(column.name)},
                               {"kind", kKinds[static_cast<std::size_t>(column.kind)]}});
  return json;
}

OrderedJson Preview::toJson() const {
  OrderedJson json = layout.toJson();
  json["rows"] = OrderedJson::array();
  for (const auto& row : rows) {
    OrderedJson cells = OrderedJson::array();
    for (const auto& cell : row) cells.push_back(utf8::sanitized(cell));
    json["rows"].push_back(std::move(cells));
  }
  return json;
}

ReadOptions ReadOptions::fromJson(const Json& json) {
  constexpr std::array kKnown{
      "encoding",  "delimiter",         "quote",  "decimal",      "missing",
      "skip_rows", "skip_after_header", "header", "time_columns", "time_form"};
  for (const auto& [key, value] : json.items())
    if (std::find(kKnown.begin(), kKnown.end(), key) == kKnown.end())
      throw Error(ErrorKind::kInvalidInput, "table.{}: unknown field, expected one of {}", key,
                  fmt::join(kKnown, ", "));
  const JsonField fields(json, "table");
  ReadOptions options;
  const auto character = [&](const char* key, std::optional<char>& value) {
    if (const auto field = fields.find(key)) value = charOf(*field);
  };
  const auto count = [&](const char* key, std::optional<std::int64_t>& value) {
    if (!fields.has(key)) return;
    value = fields.require<std::int64_t>(key);
    if (*value < 0) throw fields[key].error("expected 0 or more");
  };
  const auto texts = [&](const JsonField& field) {
    return field.json().is_string() ? std::vector{field.as<std::string>()}
                                    : field.as<std::vector<std::string>>();
  };
  if (const auto field = fields.find("encoding"))
    options.encoding = encodingFromName(field->as<std::string>());
  character("delimiter", options.delimiter);
  character("quote", options.quote);
  character("decimal", options.decimal);
  count("skip_rows", options.skipRows);
  count("skip_after_header", options.skipAfterHeader);
  if (const auto field = fields.find("header")) options.header = field->as<bool>();
  if (const auto field = fields.find("missing")) options.missing = texts(*field);
  if (const auto field = fields.find("time_columns")) options.timeColumns = texts(*field);
  if (const auto field = fields.find("time_form"))
    options.timeForm = timeFormFromName(field->as<std::string>());
  return options;
}

}  // namespace orrery::media::table
