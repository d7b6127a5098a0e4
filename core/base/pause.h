#pragma once

#include <atomic>
#include <memory>

#include "core/base/cancel.h"

namespace orrery {

/// A request to rest that any thread may make and take back, and that the working thread looks for.
/// Copies share the request.
class PauseToken {
 public:
  PauseToken() : flag_(std::make_shared<std::atomic<bool>>(false)) {}

  void set(bool paused) const noexcept { flag_->store(paused, std::memory_order_relaxed); }
  bool paused() const noexcept { return flag_->load(std::memory_order_relaxed); }

  /// Returns once the request is taken back, or within 20 ms of a cancellation.
  void wait(const CancelToken& cancel) const;

 private:
  std::shared_ptr<std::atomic<bool>> flag_;
};

}  // namespace orrery
