#include "core/media/table/calendar.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <map>
#include <set>

#include "core/base/error.h"

namespace orrery::media::table {
namespace {

constexpr const char* kAge = "age";
constexpr double kMinute = 60, kHour = 3600, kDay = 86400, kWeek = 7 * kDay;

/// A time as calendar and clock have it.
struct Moment {
  explicit Moment(double seconds)
      : day(std::chrono::floor<std::chrono::days>(std::chrono::sys_seconds(
            std::chrono::seconds(static_cast<std::int64_t>(std::floor(seconds)))))),
        date(day),
        clock(static_cast<std::int64_t>(std::floor(seconds)) -
              std::chrono::sys_seconds(day).time_since_epoch().count()) {}

  std::int64_t dayOfYear() const {
    return (day - std::chrono::sys_days(date.year() / std::chrono::January / 1)).count();
  }
  /// From 0, Monday.
  std::int64_t dayOfWeek() const { return std::chrono::weekday(day).iso_encoding() - 1; }
  /// ISO 8601's, from 1: that of the Thursday of the same week.
  std::int64_t week() const {
    const std::chrono::sys_days thursday = day + std::chrono::days(3 - dayOfWeek());
    const std::chrono::year_month_day its(thursday);
    return (thursday - std::chrono::sys_days(its.year() / std::chrono::January / 1)).count() / 7 +
           1;
  }

  std::chrono::sys_days day;
  std::chrono::year_month_day date;
  std::int64_t clock;  ///< seconds of the day
};

struct Feature {
  double (*count)(const Moment&);  ///< from 0
  double most;
};

const std::map<std::string, Feature>& features() {
  static const std::map<std::string, Feature> table{
      {"second_of_minute", {[](const Moment& m) { return static_cast<double>(m.clock % 60); }, 59}},
      {"minute_of_hour",
       {[](const Moment& m) { return static_cast<double>(m.clock / 60 % 60); }, 59}},
      {"hour_of_day", {[](const Moment& m) { return static_cast<double>(m.clock / 3600); }, 23}},
      {"day_of_week", {[](const Moment& m) { return static_cast<double>(m.dayOfWeek()); }, 6}},
      {"day_of_month",
       {[](const Moment& m) { return static_cast<double>(unsigned(m.date.day()) - 1); }, 30}},
      {"day_of_year", {[](const Moment& m) { return static_cast<double>(m.dayOfYear()); }, 365}},
      {"week_of_year", {[](const Moment& m) { return static_cast<double>(m.week() - 1); }, 52}},
      {"month_of_year",
       {[](const Moment& m) { return static_cast<double>(unsigned(m.date.month()) - 1); }, 11}},
  };
  return table;
}

/// Months that a step is, 0 if it is none of months.
std::int64_t monthsOf(double seconds) {
  const double days = seconds / kDay;
  if (days >= 28 && days <= 31) return 1;
  if (days >= 89 && days <= 92) return 3;
  return days >= 365 && days <= 366 ? 12 : 0;
}

bool isMultiple(double seconds, double unit) {
  return seconds >= unit && std::abs(seconds / unit - std::round(seconds / unit)) < 1e-6;
}

}  // namespace

Frequency frequencyOfStep(double seconds) {
  switch (monthsOf(seconds)) {
    case 1:
      return Frequency::kMonth;
    case 3:
      return Frequency::kQuarter;
    case 12:
      return Frequency::kYear;
    default:
      break;
  }
  if (isMultiple(seconds, kWeek)) return Frequency::kWeek;
  if (isMultiple(seconds, kDay)) return Frequency::kDay;
  if (isMultiple(seconds, kHour)) return Frequency::kHour;
  if (isMultiple(seconds, kMinute)) return Frequency::kMinute;
  return isMultiple(seconds, 1) ? Frequency::kSecond : Frequency::kOther;
}

std::int64_t usualSeason(double step) {
  const auto whole = [&](double period) {
    return isMultiple(period, step) ? static_cast<std::int64_t>(std::llround(period / step)) : 1;
  };
  switch (frequencyOfStep(step)) {
    case Frequency::kMonth:
      return 12;
    case Frequency::kQuarter:
      return 4;
    case Frequency::kWeek:
      return step < 1.5 * kWeek ? 52 : 1;
    case Frequency::kDay:
      return whole(kWeek);
    case Frequency::kHour:
    case Frequency::kMinute:
      return whole(kDay);
    case Frequency::kSecond:
      return whole(kHour);
    default:
      return 1;
  }
}

std::vector<std::int64_t> usualLags(double step) {
  constexpr std::int64_t kLast = 7;
  std::vector<std::int64_t> cycles;  // that are longer, in steps
  const std::int64_t months = monthsOf(step);
  for (const double period : {kMinute, kHour, kDay, kWeek, 30 * kDay, 365 * kDay}) {
    if (step <= 0) break;
    const bool year = period > 300 * kDay;
    const std::int64_t steps = months > 0 ? (year ? 12 / months : 1) : std::llround(period / step);
    if (steps >= kLast) cycles.push_back(steps);
  }
  std::set<std::int64_t> lags;
  for (std::int64_t lag = 1; lag <= kLast; ++lag) lags.insert(lag);
  const auto around = [&](std::int64_t lag) { lags.insert({lag - 1, lag, lag + 1}); };
  if (!cycles.empty()) around(cycles[0]), around(2 * cycles[0]);
  if (cycles.size() > 1) around(cycles[1]);
  return {lags.begin(), lags.end()};
}

std::vector<std::string> usualTimeFeatures(Frequency frequency) {
  const std::vector<std::string> days{"day_of_week", "day_of_month", "day_of_year"};
  std::vector<std::string> result;
  switch (frequency) {
    case Frequency::kSecond:
      result.emplace_back("second_of_minute");
      [[fallthrough]];
    case Frequency::kMinute:
      result.emplace_back("minute_of_hour");
      [[fallthrough]];
    case Frequency::kHour:
      result.emplace_back("hour_of_day");
      [[fallthrough]];
    case Frequency::kDay:
      result.insert(result.end(), days.begin(), days.end());
      break;
    case Frequency::kWeek:
      result = {"day_of_month", "week_of_year"};
      break;
    case Frequency::kMonth:
    case Frequency::kQuarter:
      result = {"month_of_year"};
      break;
    default:
      break;
  }
  return result;
}

double timeFeature(const std::string& name, double seconds) {
  const auto found = features().find(name);
  if (found == features().end()) {
    std::vector<std::string> names{"age"};
    for (const auto& [known, feature] : features()) names.push_back(known);
    throw Error(ErrorKind::kInvalidInput, "time_features: expected some of {}, found {}",
                fmt::join(names, ", "), quoted(name));
  }
  return found->second.count(Moment(seconds)) / found->second.most - 0.5;
}

std::vector<std::string> chosenTimeFeatures(std::vector<std::string> named, std::int64_t wanted,
                                            double stepSeconds, bool hasTimes,
                                            const std::string& option) {
  std::string usual;
  if (named.empty() && wanted > 0 && stepSeconds > 0) {
    named = usualTimeFeatures(frequencyOfStep(stepSeconds));
    usual = fmt::format("; of this step these would be {}, and age", fmt::join(named, ", "));
    if (static_cast<std::int64_t>(named.size()) + 1 == wanted) named.emplace_back(kAge);
  }
  const bool needTimes =
      std::any_of(named.begin(), named.end(), [](const std::string& name) { return name != kAge; });
  if ((needTimes || (wanted > 0 && named.empty())) && !hasTimes)
    throw Error(ErrorKind::kInvalidInput,
                "the model takes {} features of the time, and the input has no times", wanted);
  if (static_cast<std::int64_t>(named.size()) != wanted)
    throw Error(ErrorKind::kInvalidInput, "{}: the model takes {}, found {}{}", option, wanted,
                named.size(), usual);
  for (const std::string& name : named) rowFeature(name, 0, 0);  // an unknown name ends here
  return named;
}

double rowFeature(const std::string& name, std::int64_t row, double seconds) {
  return name == kAge ? std::log10(2.0 + static_cast<double>(row)) : timeFeature(name, seconds);
}

double stepped(double time, std::int64_t steps, double stepSeconds) {
  const std::int64_t months = monthsOf(stepSeconds);
  if (months == 0) return time + static_cast<double>(steps) * stepSeconds;
  const Moment moment(time);
  auto date = moment.date + std::chrono::months(months * steps);
  if (!date.ok()) date = date.year() / date.month() / std::chrono::last;
  return static_cast<double>(
             std::chrono::sys_seconds(std::chrono::sys_days(date)).time_since_epoch().count() +
             moment.clock) +
         (time - std::floor(time));
}

}  // namespace orrery::media::table
