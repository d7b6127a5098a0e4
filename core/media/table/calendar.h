#pragma once

#include <cstdint>
#include <string>
#include <vector>

/// What the time of a step tells a model, as GluonTS makes it.
namespace orrery::media::table {

/// How far the steps of a series are apart.
enum class Frequency { kSecond, kMinute, kHour, kDay, kWeek, kMonth, kQuarter, kYear, kOther };

/// From the step in seconds: the unit whose multiple it is. Days of 28 to 31 are months.
Frequency frequencyOfStep(double seconds);

/// Steps after which a series of this step is usually alike: a day of hours or less, a week of
/// days, a year of months, quarters or weeks; else 1.
std::int64_t usualSeason(double stepSeconds);

/// How many steps back a model of this step should look: the last seven, and those around one and
/// two of the shortest cycle that has seven steps or more (minute, hour, day, week, month, year)
/// and around one of the next longer one. Of hours: 1 to 7, 23 to 25, 47 to 49, 167 to 169. A step
/// of 0 is not known.
std::vector<std::int64_t> usualLags(double stepSeconds);

/// The features that GluonTS takes for a frequency, the finest first: of hours, "hour_of_day",
/// "day_of_week", "day_of_month" and "day_of_year".
std::vector<std::string> usualTimeFeatures(Frequency frequency);

/// The feature of that name at `seconds` since 1970, from -0.5 to 0.5: second_of_minute,
/// minute_of_hour, hour_of_day, day_of_week, day_of_month, day_of_year, week_of_year,
/// month_of_year. An Error lists the names.
double timeFeature(const std::string& name, double seconds);

/// The features of the times that a model takes, `wanted` in number: those named, or else
/// GluonTS's for the step and, where one more is wanted, "age". An Error says what does not fit;
/// `option` is the name of the setting that names them.
std::vector<std::string> chosenTimeFeatures(std::vector<std::string> named, std::int64_t wanted,
                                            double stepSeconds, bool hasTimes,
                                            const std::string& option);

/// The feature of that name, "age" too, of a row at `seconds` since 1970.
double rowFeature(const std::string& name, std::int64_t row, double seconds);

/// `time` moved by `steps` steps: by calendar months where the frequency is one of months.
double stepped(double time, std::int64_t steps, double stepSeconds);

}  // namespace orrery::media::table
