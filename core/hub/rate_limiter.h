#pragma once

#include <algorithm>
#include <chrono>

namespace orrery::hub {

/// A budget of bytes that fills with time, up to half a second's worth.
class RateLimiter {
 public:
  using Clock = std::chrono::steady_clock;

  void setRate(double bytesPerSecond, Clock::time_point now = Clock::now()) {
    rate_ = bytesPerSecond;
    budget_ = 0;
    filledAt_ = now;
  }
  bool limited() const { return rate_ > 0; }
  /// Whether more may be taken now. The budget may then go below zero, which delays what follows.
  bool mayTake(Clock::time_point now = Clock::now()) {
    if (!limited()) return true;
    const double seconds = std::chrono::duration<double>(now - filledAt_).count();
    budget_ = std::min(rate_ / 2, budget_ + seconds * rate_);
    filledAt_ = now;
    return budget_ >= 0;
  }
  void take(double bytes) { budget_ -= bytes; }

 private:
  double rate_ = 0;  ///< bytes per second; 0: no limit
  double budget_ = 0;
  Clock::time_point filledAt_ = Clock::now();
};

}  // namespace orrery::hub
