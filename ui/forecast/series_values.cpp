#include "ui/forecast/series_values.h"

#include <QDateTime>
#include <QTimeZone>
#include <algorithm>
#include <cmath>
#include <limits>

#include "core/base/error.h"

namespace orrery::ui {
namespace {

constexpr double kNone = std::numeric_limits<double>::quiet_NaN();
constexpr double kDay = 86400;

}  // namespace

SeriesValues::SeriesValues(const protocol::TableSeriesResult& result,
                           std::vector<std::string> columns)
    : arrays_(result.arrayContent),
      columns_(std::move(columns)),
      first_(result.first),
      count_(result.count),
      start_(result.start.value_or(0)),
      step_(result.step.value_or(0)) {
  if (!arrays_) throw Error(ErrorKind::kProtocol, "table/series: no arrays came with the answer");
  exact_ = arrays_->has("values");
  const auto& shape = arrays_->at(exact_ ? "values" : "low", 2).shape;
  points_ = shape[1];
  if (shape[0] != static_cast<std::int64_t>(columns_.size()) || (exact_ && points_ != count_) ||
      (!exact_ && arrays_->at("high", 2).shape != shape) || (points_ == 0) != (count_ == 0))
    throw Error(ErrorKind::kProtocol, "table/series: the arrays have another shape than asked for");
  if (!arrays_->has("times")) return;
  const auto& times = arrays_->at("times", 2);
  const auto half = times.values.size() / 2;
  for (std::size_t i = 0; i < half; ++i)
    times_.push_back(double{times.values[i]} + double{times.values[half + i]});
}

int SeriesValues::indexOf(const std::string& column) const {
  const auto found = std::ranges::find(columns_, column);
  return found == columns_.end() ? -1 : static_cast<int>(found - columns_.begin());
}

bool SeriesValues::covers(double first, double last) const {
  return !empty() && first >= static_cast<double>(first_) &&
         last <= static_cast<double>(this->last());
}

double SeriesValues::at(const std::string& column, std::int64_t row) const {
  const int index = indexOf(column);
  if (!exact_ || index < 0 || row < first_ || row >= last()) return kNone;
  const auto place = static_cast<std::size_t>(index * points_ + (row - first_));
  return double{arrays_->at("values", 2).values[place]};
}

SeriesValues::Curve SeriesValues::look(const std::string& column, double begin, double end,
                                       int pixels) const {
  Curve curve;
  const int index = indexOf(column);
  if (index < 0 || empty() || pixels < 1) return curve;
  const double each = static_cast<double>(count_) / static_cast<double>(points_);
  const auto placeOf = [&](double row) { return (row - static_cast<double>(first_)) / each; };
  const auto from =
      std::clamp<std::int64_t>(static_cast<std::int64_t>(placeOf(begin)) - 1, 0, points_);
  const auto to =
      std::clamp<std::int64_t>(static_cast<std::int64_t>(placeOf(end)) + 2, from, points_);
  const auto offset = static_cast<std::size_t>(index * points_);
  const float* low = arrays_->at(exact_ ? "values" : "low", 2).values.data() + offset;
  const float* high = exact_ ? low : arrays_->at("high", 2).values.data() + offset;
  if (exact_ && to - from <= 2 * pixels) {
    for (std::int64_t place = from; place < to; ++place) {
      curve.rows.push_back(static_cast<double>(first_ + place));
      curve.low.push_back(double{low[place]});
    }
    return curve;
  }
  joinColumn(curve, low, high, from, to, pixels);
  return curve;
}

// One stretch for each pixel, so that a frame costs the same at every zoom.
void SeriesValues::joinColumn(Curve& curve, const float* low, const float* high, std::int64_t begin,
                              std::int64_t end, int pixels) const {
  const double each = static_cast<double>(count_) / static_cast<double>(points_);
  const auto parts = std::min<std::int64_t>(pixels, end - begin);
  for (std::int64_t part = 0; part < parts; ++part) {
    const std::int64_t from = begin + (end - begin) * part / parts;
    const std::int64_t to = begin + (end - begin) * (part + 1) / parts;
    float least = std::numeric_limits<float>::quiet_NaN(), greatest = least;
    for (std::int64_t i = from; i < to; ++i) {
      if (!(low[i] >= least) && !std::isnan(low[i])) least = low[i];
      if (!(high[i] <= greatest) && !std::isnan(high[i])) greatest = high[i];
    }
    curve.rows.push_back(static_cast<double>(first_) +
                         each * (static_cast<double>(from + to) / 2 - (exact_ ? 0.5 : 0)));
    curve.low.push_back(double{least});
    curve.high.push_back(double{greatest});
  }
}

double SeriesValues::timeAt(double row) const {
  const double place = row - static_cast<double>(first_);
  if (step_ > 0) return start_ + place * step_;
  if (times_.size() < 2) return kNone;
  const double each = static_cast<double>(count_ - 1) / static_cast<double>(times_.size() - 1);
  const double at = place / each;
  const auto left =
      static_cast<std::size_t>(std::clamp(at, 0.0, static_cast<double>(times_.size() - 2)));
  return times_[left] + (at - static_cast<double>(left)) * (times_[left + 1] - times_[left]);
}

QString rowTimeText(double seconds, double step) {
  const QDateTime time = QDateTime::fromMSecsSinceEpoch(
      static_cast<qint64>(std::llround(seconds * 1000)), QTimeZone::utc());
  if (step >= kDay && std::fmod(seconds, kDay) == 0)
    return time.toString(QStringLiteral("yyyy-MM-dd"));
  if (step >= 60 || step == 0) return time.toString(QStringLiteral("yyyy-MM-dd HH:mm"));
  return time.toString(step >= 1 ? QStringLiteral("yyyy-MM-dd HH:mm:ss")
                                 : QStringLiteral("yyyy-MM-dd HH:mm:ss.zzz"));
}

}  // namespace orrery::ui
