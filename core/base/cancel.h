#pragma once

#include <atomic>
#include <memory>

namespace orrery {

/// A request to stop that any thread may make and the working thread looks for. Copies share the
/// request. A token made without arguments is never cancelled unless cancel() is called on it.
class CancelToken {
 public:
  CancelToken() : flag_(std::make_shared<std::atomic<bool>>(false)) {}

  void cancel() const noexcept { flag_->store(true, std::memory_order_relaxed); }
  bool cancelled() const noexcept { return flag_->load(std::memory_order_relaxed); }

  /// Throws an Error of kind kCancelled if cancel() was called. Long work calls it at least every
  /// 50 ms.
  void throwIfCancelled() const;

 private:
  std::shared_ptr<std::atomic<bool>> flag_;
};

}  // namespace orrery
