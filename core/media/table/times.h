#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

/// Points in time as tables write them.
namespace orrery::media::table {

/// How a time is written. Dates may be followed by a time of day ("2016-07-01 13:45:10.5",
/// "1/7/2016 1:45 PM", "2016-07-01T13:45:10Z", "+02:00"); 20160701 is year, month, day.
enum class TimeForm {
  kYearMonthDay,
  kDayMonthYear,
  kMonthDayYear,
  kSeconds,  ///< since 1970, as all below
  kMilliseconds,
  kMicroseconds,
  kNanoseconds,
};

/// "ymd", "dmy", "mdy", "s", "ms", "us" or "ns".
std::string_view timeFormName(TimeForm form);
/// The form of that name; an Error lists them.
TimeForm timeFormFromName(std::string_view name);

/// Seconds since 1970 in UTC; a time without a zone is taken as UTC. Nothing if the text is no time
/// of that form.
std::optional<double> parseTime(std::string_view text, TimeForm form);

/// Seconds of a time of day alone ("13:45", "1:45:10 pm"); nothing if the text is none.
std::optional<double> parseTimeOfDay(std::string_view text);

/// The form that reads all of `texts`, nothing if none does. Where day and month could be either
/// way round, the order whose steps are even wins; else month first with slashes, and day first.
/// Epochs are tried only if `epochs`: they look like any number.
std::optional<TimeForm> findTimeForm(const std::vector<std::string>& texts, bool epochs);

/// The usual distance of times that follow each other, of the first thousand; 0 of fewer than two.
double usualStep(std::span<const double> times);

/// The first of `times` that is not one step behind the one before it, -1 if there is none. Months
/// and years are not all alike: a step that long may differ by days.
std::int64_t firstGap(std::span<const double> times, double step);

/// "2016-07-01 13:45:10", with as many decimals as needed (up to 3).
std::string timeText(double seconds);

}  // namespace orrery::media::table
