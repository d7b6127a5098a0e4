#include "core/base/progress.h"

#include "core/base/cancel.h"
#include "core/base/error.h"

namespace orrery {

void CancelToken::throwIfCancelled() const {
  if (cancelled()) throw Error(ErrorKind::kCancelled, "cancelled");
}

ProgressMeter::ProgressMeter(std::string what, std::string unit, double total,
                             ProgressCallback callback, Clock::duration interval)
    : callback_(std::move(callback)), interval_(interval), measuredAt_(Clock::now()) {
  progress_.what = std::move(what);
  progress_.unit = std::move(unit);
  progress_.total = total;
}

void ProgressMeter::advanceTo(double done, Clock::time_point now) {
  progress_.done = done;
  if (now - measuredAt_ < interval_) return;
  measure(now);
  if (callback_) callback_(progress_);
}

void ProgressMeter::finish(Clock::time_point now) {
  if (progress_.total > 0) progress_.done = progress_.total;
  if (now > measuredAt_) measure(now);
  progress_.secondsLeft = 0;
  if (callback_) callback_(progress_);
}

void ProgressMeter::measure(Clock::time_point now) {
  const double seconds = std::chrono::duration<double>(now - measuredAt_).count();
  const double rate = (progress_.done - measuredDone_) / seconds;
  // An exponential mean over some two seconds: follows a change, does not jump with each report.
  const double weight = std::min(1.0, seconds / 2);
  progress_.rate = progress_.rate == 0 ? rate : progress_.rate + weight * (rate - progress_.rate);
  progress_.secondsLeft.reset();
  if (progress_.total > 0 && progress_.rate > 0)
    progress_.secondsLeft = std::max(0.0, progress_.total - progress_.done) / progress_.rate;
  measuredAt_ = now;
  measuredDone_ = progress_.done;
}

}  // namespace orrery
