#include "core/media/table/times.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <cmath>

#include "core/base/error.h"
#include "core/media/table/cells.h"

namespace orrery::media::table {
namespace {

constexpr std::array<std::string_view, 7> kNames{"ymd", "dmy", "mdy", "s", "ms", "us", "ns"};

/// A text that is read from its front.
class Scanner {
 public:
  explicit Scanner(std::string_view text) : rest_(text) {}

  bool done() const { return rest_.empty(); }
  char peek() const { return rest_.empty() ? '\0' : rest_.front(); }
  bool take(char c) {
    if (peek() != c) return false;
    rest_.remove_prefix(1);
    return true;
  }
  void blanks() {
    while (take(' ')) {
    }
  }
  /// Up to `most` digits.
  std::optional<int> number(std::size_t most) {
    const std::size_t count = std::min(
        {most, rest_.size(), std::min(rest_.find_first_not_of("0123456789"), rest_.size())});
    int value = 0;
    for (std::size_t i = 0; i < count; ++i) value = value * 10 + (rest_[i] - '0');
    rest_.remove_prefix(count);
    digits_ = count;
    return count == 0 ? std::nullopt : std::optional(value);
  }
  std::size_t digits() const { return digits_; }  ///< of the last number
  /// A word of letters, in lower case.
  std::string word() {
    std::string result;
    while (std::isalpha(static_cast<unsigned char>(peek()))) {
      result += static_cast<char>(std::tolower(static_cast<unsigned char>(peek())));
      rest_.remove_prefix(1);
    }
    return result;
  }

 private:
  std::string_view rest_;
  std::size_t digits_ = 0;
};

/// The fraction after a point or comma, 0 if there is none.
double fraction(Scanner& text) {
  if (!text.take('.') && !text.take(',')) return 0;
  double value = 0, unit = 0.1;
  while (text.peek() >= '0' && text.peek() <= '9') {
    value += unit * (*text.number(1));
    unit /= 10;
  }
  return value;
}

/// [h]h:mm[:ss[.f]] [am|pm], or hhmm[ss] as ISO 8601 has it in short.
std::optional<double> timeOfDay(Scanner& text) {
  auto hour = text.number(2);
  if (!hour) return std::nullopt;
  int minute = 0;
  double second = 0;
  if (text.take(':')) {
    const auto minutes = text.number(2);
    if (!minutes) return std::nullopt;
    minute = *minutes;
    if (text.take(':')) {
      const auto seconds = text.number(2);
      if (!seconds) return std::nullopt;
      second = *seconds + fraction(text);
    }
  } else if (text.peek() >= '0' && text.peek() <= '9') {
    minute = text.number(2).value_or(60);
    second = text.number(2).value_or(0);
  }
  text.blanks();
  if (text.peek() == 'a' || text.peek() == 'A' || text.peek() == 'p' || text.peek() == 'P') {
    const std::string half = text.word();
    if ((half != "am" && half != "pm") || *hour > 12 || *hour == 0) return std::nullopt;
    hour = *hour % 12 + (half == "pm" ? 12 : 0);
  }
  const bool sound = *hour < 24 || (*hour == 24 && minute == 0 && second == 0);
  if (!sound || minute > 59 || second >= 61) return std::nullopt;
  return *hour * 3600.0 + minute * 60.0 + second;
}

/// Seconds that a zone is ahead of UTC: Z, UTC, +02:00, -0330; 0 if there is none.
std::optional<double> zone(Scanner& text) {
  text.blanks();
  if (std::isalpha(static_cast<unsigned char>(text.peek()))) {
    const std::string name = text.word();
    return name == "z" || name == "utc" || name == "gmt" ? std::optional(0.0) : std::nullopt;
  }
  const bool west = text.peek() == '-';
  if (!text.take('+') && !text.take('-')) return 0.0;
  const auto hours = text.number(2);
  if (!hours) return std::nullopt;
  text.take(':');
  const int minutes = text.number(2).value_or(0);
  const double ahead = *hours * 3600.0 + minutes * 60.0;
  return west ? -ahead : ahead;
}

std::optional<double> midnight(int year, int month, int day) {
  const std::chrono::year_month_day date{std::chrono::year(year),
                                         std::chrono::month(static_cast<unsigned>(month)),
                                         std::chrono::day(static_cast<unsigned>(day))};
  if (!date.ok()) return std::nullopt;
  return 86400.0 * std::chrono::sys_days(date).time_since_epoch().count();
}

std::optional<double> date(Scanner& text, TimeForm form) {
  const auto first = text.number(4);
  if (!first) return std::nullopt;
  if (form == TimeForm::kYearMonthDay && text.digits() != 4) return std::nullopt;
  if (form != TimeForm::kYearMonthDay && text.digits() > 2) return std::nullopt;
  const char mark = text.peek();
  const bool marked = mark == '-' || mark == '/' || mark == '.';
  if (marked) text.take(mark);
  if (!marked && form != TimeForm::kYearMonthDay) return std::nullopt;
  const auto second = text.number(2);
  if (!second) return std::nullopt;
  std::optional<int> third;
  if (!marked || text.take(mark)) {
    third = text.number(form == TimeForm::kYearMonthDay ? 2 : 4);
    if (!third) return std::nullopt;
  } else if (form == TimeForm::kYearMonthDay && text.done()) {
    third = 1;  // a month
  } else {
    return std::nullopt;
  }
  if (form == TimeForm::kYearMonthDay) return midnight(*first, *second, *third);
  if (text.digits() != 4 && text.digits() != 2) return std::nullopt;
  const int year = text.digits() == 4 ? *third : *third + (*third < 70 ? 2000 : 1900);
  return form == TimeForm::kDayMonthYear ? midnight(year, *second, *first)
                                         : midnight(year, *first, *second);
}

std::optional<double> epoch(std::string_view text, double unit) {
  double value = 0;
  const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (problem != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return std::isfinite(value) && std::abs(value / unit) < 1e12 ? std::optional(value / unit)
                                                               : std::nullopt;
}

/// Texts that a form reads, as seconds; empty if it does not read all.
std::vector<double> readAll(const std::vector<std::string>& texts, TimeForm form) {
  std::vector<double> times;
  for (const std::string& text : texts) {
    const auto time = parseTime(text, form);
    if (!time) return {};
    times.push_back(*time);
  }
  return times;
}

/// How many steps differ from the first; a step backwards counts as many.
std::size_t unevenness(const std::vector<double>& times) {
  std::size_t result = 0;
  for (std::size_t i = 1; i < times.size(); ++i) {
    const double step = times[i] - times[i - 1];
    if (std::abs(step - (times[1] - times[0])) > 0.5) ++result;
    if (step <= 0) result += times.size();
  }
  return result;
}

}  // namespace

std::string_view timeFormName(TimeForm form) {
  return kNames[static_cast<std::size_t>(form)];
}

TimeForm timeFormFromName(std::string_view name) {
  const auto found = std::find(kNames.begin(), kNames.end(), name);
  if (found == kNames.end())
    throw Error(ErrorKind::kInvalidInput,
                "time_form: expected ymd, dmy, mdy, s, ms, us or ns, found {}", quoted(name));
  return static_cast<TimeForm>(found - kNames.begin());
}

std::optional<double> parseTime(std::string_view cell, TimeForm form) {
  cell = trimmed(cell);
  switch (form) {
    case TimeForm::kSeconds:
      return epoch(cell, 1);
    case TimeForm::kMilliseconds:
      return epoch(cell, 1e3);
    case TimeForm::kMicroseconds:
      return epoch(cell, 1e6);
    case TimeForm::kNanoseconds:
      return epoch(cell, 1e9);
    default:
      break;
  }
  Scanner text(cell);
  auto seconds = date(text, form);
  if (!seconds || text.done()) return seconds;
  if (!text.take('T') && !text.take('t') && !text.take(' ')) return std::nullopt;
  text.blanks();
  const auto clock = timeOfDay(text);
  if (!clock) return std::nullopt;
  const auto ahead = zone(text);
  if (!ahead || !text.done()) return std::nullopt;
  return *seconds + *clock - *ahead;
}

std::optional<double> parseTimeOfDay(std::string_view cell) {
  cell = trimmed(cell);
  if (cell.find(':') == cell.npos) return std::nullopt;
  Scanner text(cell);
  const auto clock = timeOfDay(text);
  return text.done() ? clock : std::nullopt;
}

std::optional<TimeForm> findTimeForm(const std::vector<std::string>& texts, bool epochs) {
  if (texts.empty()) return std::nullopt;
  // As nanoseconds any epoch is small enough to be read; its size tells the unit.
  if (const auto value = epochs ? epoch(trimmed(texts[0]), 1e9) : std::nullopt;
      value && *value * 1e9 > 1e8)
    for (const auto& [form, most] :
         {std::pair(TimeForm::kSeconds, 1e11), std::pair(TimeForm::kMilliseconds, 1e14),
          std::pair(TimeForm::kMicroseconds, 1e17), std::pair(TimeForm::kNanoseconds, 1e20)})
      if (*value * 1e9 < most)
        return readAll(texts, form).empty() ? std::nullopt : std::optional(form);
  if (!readAll(texts, TimeForm::kYearMonthDay).empty()) return TimeForm::kYearMonthDay;
  const auto dayFirst = readAll(texts, TimeForm::kDayMonthYear),
             monthFirst = readAll(texts, TimeForm::kMonthDayYear);
  if (dayFirst.empty() && monthFirst.empty()) return std::nullopt;
  if (dayFirst.empty()) return TimeForm::kMonthDayYear;
  if (monthFirst.empty()) return TimeForm::kDayMonthYear;
  const std::size_t day = unevenness(dayFirst), month = unevenness(monthFirst);
  const bool slashes = texts[0].find('/') != std::string::npos;
  return month < day || (month == day && slashes) ? TimeForm::kMonthDayYear
                                                  : TimeForm::kDayMonthYear;
}

double usualStep(std::span<const double> times) {
  if (times.size() < 2) return 0;
  std::vector<double> steps;
  for (std::size_t i = 1; i < std::min<std::size_t>(times.size(), 1000); ++i)
    steps.push_back(times[i] - times[i - 1]);
  const auto middle = steps.begin() + static_cast<std::ptrdiff_t>(steps.size() / 2);
  std::nth_element(steps.begin(), middle, steps.end());
  return *middle;
}

std::int64_t firstGap(std::span<const double> times, double step) {
  const double slack = step >= 28 * 86400.0 ? 4 * 86400.0 : 0.01 * step;
  for (std::size_t i = 1; i < times.size(); ++i)
    if (std::abs(times[i] - times[i - 1] - step) > slack) return static_cast<std::int64_t>(i);
  return -1;
}

std::string timeText(double seconds) {
  if (!std::isfinite(seconds) || std::abs(seconds) > 2e11) return fmt::format("{}", seconds);
  const auto thousandths = static_cast<std::int64_t>(std::llround(seconds * 1000));
  const std::chrono::sys_time<std::chrono::milliseconds> time{
      std::chrono::milliseconds(thousandths)};
  const auto day = std::chrono::floor<std::chrono::days>(time);
  const std::chrono::year_month_day date(day);
  const std::chrono::hh_mm_ss<std::chrono::milliseconds> clock(time - day);
  std::string text =
      fmt::format("{:04}-{:02}-{:02} {:02}:{:02}:{:02}", static_cast<int>(date.year()),
                  static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                  clock.hours().count(), clock.minutes().count(), clock.seconds().count());
  if (const auto rest = clock.subseconds().count(); rest != 0) text += fmt::format(".{:03}", rest);
  return text;
}

}  // namespace orrery::media::table
