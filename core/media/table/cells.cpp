#include "core/media/table/cells.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>
#include <cstring>

namespace orrery::media::table {
namespace {

constexpr std::array<std::string_view, 18> kMissing{
    "na", "n/a", "#n/a", "nan", "-nan", "null", "none",    "nil",  "-",
    "--", "?",   ".",    "..",  "*",    "nd",   "missing", "n.a.", "<na>"};

char lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

bool isDigit(char c) {
  return c >= '0' && c <= '9';
}

constexpr std::array<double, 19> kPowers{1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,  1e8, 1e9,
                                         1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18};

/// [digits][decimal digits], the usual form: exact as the digits and the power are. Nothing for any
/// other.
std::optional<double> parsePlain(std::string_view text, char decimal) {
  std::uint64_t digits = 0;
  std::size_t count = 0, behind = 0;
  bool point = false;
  for (const char c : text) {
    if (isDigit(c)) {
      digits = digits * 10 + static_cast<std::uint64_t>(c - '0');
      if (++count > 15) return std::nullopt;
      if (point) ++behind;
    } else if (c == decimal && !point) {
      point = true;
    } else {
      return std::nullopt;
    }
  }
  if (count == 0) return std::nullopt;
  return static_cast<double>(digits) / kPowers[behind];
}

/// Whether marks between groups of three digits, as in 1,234,567, can be left out; then they are.
bool dropGroups(std::string& text, char mark) {
  const std::size_t end = std::min(text.find_first_not_of("0123456789,. '"), text.size());
  std::size_t run = 0;
  bool first = true;
  std::string plain;
  for (std::size_t i = 0; i < end; ++i) {
    if (text[i] == mark) {
      if (first ? run < 1 || run > 3 : run != 3) return false;
      first = false, run = 0;
    } else if (isDigit(text[i])) {
      ++run;
      plain += text[i];
    } else {
      break;
    }
  }
  if (first || run != 3) return false;
  const std::size_t used =
      plain.size() + static_cast<std::size_t>(
                         std::count(text.begin(), text.begin() + static_cast<long>(end), mark));
  text = plain + text.substr(std::min(used, text.size()));
  return true;
}

std::optional<double> parseGeneral(std::string_view cell, char decimal) {
  std::string text(cell);
  if (text.size() > 64 || !(isDigit(text[0]) || text[0] == decimal)) return std::nullopt;
  for (const char mark : {decimal == ',' ? '.' : ',', ' ', '\''})
    if (text.find(mark) != text.npos && dropGroups(text, mark)) break;
  if (decimal != '.') {
    if (text.find('.') != text.npos) return std::nullopt;
    std::replace(text.begin(), text.end(), decimal, '.');
  }
  double value = 0;
  const char* end = text.data() + text.size();
  const auto [rest, problem] = std::from_chars(text.data(), end, value);
  if (problem != std::errc() || rest != end) return std::nullopt;
  return value;
}

}  // namespace

std::string_view trimmed(std::string_view cell) {
  const auto isBlank = [](char c) { return c == ' ' || c == '\t' || c == '\r'; };
  while (!cell.empty() && isBlank(cell.front())) cell.remove_prefix(1);
  while (!cell.empty() && isBlank(cell.back())) cell.remove_suffix(1);
  return cell;
}

bool isMissing(std::string_view cell, const Syntax& syntax) {
  cell = trimmed(cell);
  if (cell.empty()) return true;
  if (std::find(syntax.missing.begin(), syntax.missing.end(), cell) != syntax.missing.end())
    return true;
  if (cell.size() > 7) return false;
  std::array<char, 7> small{};
  std::transform(cell.begin(), cell.end(), small.begin(), lower);
  return std::find(kMissing.begin(), kMissing.end(), std::string_view(small.data(), cell.size())) !=
         kMissing.end();
}

std::optional<double> parseNumber(std::string_view cell, char decimal) {
  cell = trimmed(cell);
  if (cell.empty()) return std::nullopt;
  const bool negative = cell.front() == '-';
  if (negative || cell.front() == '+') cell.remove_prefix(1);
  double unit = 1;
  if (!cell.empty() && cell.back() == '%') {
    cell = trimmed(cell.substr(0, cell.size() - 1));
    unit = 100;
  }
  if (cell.empty()) return std::nullopt;
  auto value = parsePlain(cell, decimal);
  if (!value) value = parseGeneral(cell, decimal);
  if (!value) return std::nullopt;
  return (negative ? -*value : *value) / unit;
}

std::string_view RowReader::quotedCell() {
  const std::size_t begin = ++at_;
  std::size_t from = begin;
  std::string whole;
  bool doubled = false;
  for (;;) {
    const std::size_t quote = std::min(text_.find(syntax_.quote, from), text_.size());
    line_ += static_cast<std::size_t>(std::count(text_.begin() + static_cast<long>(from),
                                                 text_.begin() + static_cast<long>(quote), '\n'));
    if (quote + 1 < text_.size() && text_[quote + 1] == syntax_.quote) {
      whole.append(text_.substr(from, quote + 1 - from));
      doubled = true;
      from = quote + 2;
      continue;
    }
    const std::string_view last = text_.substr(from, quote - from);
    at_ = std::min(quote + 1, text_.size());
    // What stands between the closing quote and the delimiter belongs to no cell.
    while (at_ < text_.size() && text_[at_] != syntax_.delimiter && text_[at_] != '\n') ++at_;
    if (!doubled) return text_.substr(begin, quote - begin);
    whole.append(last);
    unescaped_.push_back(std::move(whole));
    return unescaped_.back();
  }
}

std::string_view RowReader::plainCell() {
  const std::size_t begin = at_;
  while (at_ < text_.size() && text_[at_] != syntax_.delimiter && text_[at_] != '\n') ++at_;
  std::size_t end = at_;
  if (end > begin && text_[end - 1] == '\r' && (at_ == text_.size() || text_[at_] == '\n')) --end;
  return text_.substr(begin, end - begin);
}

bool RowReader::next(std::vector<std::string_view>& cells) {
  cells.clear();
  unescaped_.clear();
  while (at_ < text_.size()) {
    rowLine_ = line_;
    for (;;) {
      std::size_t first = at_;
      while (first < text_.size() && text_[first] == ' ' && syntax_.delimiter != ' ') ++first;
      if (first < text_.size() && text_[first] == syntax_.quote) {
        at_ = first;
        cells.push_back(quotedCell());
      } else {
        cells.push_back(plainCell());
      }
      if (at_ >= text_.size() || text_[at_] == '\n') break;
      ++at_;
      if (at_ == text_.size()) {
        cells.push_back({});
        break;
      }
    }
    if (at_ < text_.size()) ++at_, ++line_;
    if (cells.size() > 1 || !trimmed(cells[0]).empty()) return true;
    cells.clear();
  }
  return false;
}

std::size_t endOfLastRow(std::string_view text, const Syntax& syntax, std::size_t unit,
                         std::size_t significant) {
  if (unit == 1 && text.find(syntax.quote) == text.npos) {
    const std::size_t last = text.rfind('\n');
    return last == text.npos ? 0 : last + 1;
  }
  bool inside = false, begins = true;  // in quotes; where a cell may begin
  std::size_t end = 0;
  for (std::size_t i = 0; i + unit <= text.size(); i += unit) {
    const bool narrow = unit == 1 || text[i + 1 - significant] == '\0';
    const char c = narrow ? text[i + significant] : '\x01';
    if (c == syntax.quote && (inside || begins)) {
      // A doubled quote closes and opens again.
      inside = !inside;
      begins = !inside;
      continue;
    }
    if (inside) continue;
    if (c == '\n') end = i + unit;
    begins = c == '\n' || c == syntax.delimiter || (begins && c == ' ');
  }
  return end;
}

}  // namespace orrery::media::table
