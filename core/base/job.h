#pragma once

#include <condition_variable>
#include <exception>
#include <functional>
#include <mutex>
#include <optional>
#include <thread>
#include <utility>

#include "core/base/cancel.h"
#include "core/base/progress.h"

namespace orrery {

/// What the body of a job is given: the request to stop, and where progress goes.
struct JobContext {
  CancelToken cancel;
  ProgressCallback progress;
};

/// Work off the caller's thread that ends once, in a value or an exception (normally an Error).
/// All members may be called from any thread. Destruction cancels and waits.
///
///     Job<Checkpoint> job([&](JobContext& context) { return load(path, context); });
///     job.wait();
template <class T>
class Job {
 public:
  using Body = std::function<T(JobContext&)>;

  /// Starts at once. `onProgress` and `onEnd` run on the job's thread; onEnd runs after the result
  /// is there, and must not destroy the job.
  explicit Job(Body body, ProgressCallback onProgress = {}, std::function<void()> onEnd = {})
      : thread_([this, body = std::move(body), onProgress = std::move(onProgress),
                 onEnd = std::move(onEnd)] { run(body, onProgress, onEnd); }) {}

  Job(const Job&) = delete;
  Job& operator=(const Job&) = delete;

  ~Job() {
    cancel();
    thread_.join();
  }

  /// Blocks until the end. Returns the value (once; it is moved out) or throws what the body threw.
  T wait() {
    std::unique_lock lock(mutex_);
    ended_.wait(lock, [&] { return done_; });
    if (failure_) std::rethrow_exception(failure_);
    return std::move(*value_);
  }

  /// Asks the body to stop and returns at once; harmless after the end.
  void cancel() noexcept { cancel_.cancel(); }

  bool done() const {
    std::lock_guard lock(mutex_);
    return done_;
  }

 private:
  void run(const Body& body, const ProgressCallback& onProgress,
           const std::function<void()>& onEnd) {
    JobContext context{cancel_, onProgress};
    std::optional<T> value;
    std::exception_ptr failure;
    try {
      value.emplace(body(context));
    } catch (...) {
      failure = std::current_exception();
    }
    {
      std::lock_guard lock(mutex_);
      value_ = std::move(value);
      failure_ = failure;
      done_ = true;
    }
    ended_.notify_all();
    if (onEnd) onEnd();
  }

  mutable std::mutex mutex_;
  std::condition_variable ended_;
  bool done_ = false;
  std::optional<T> value_;
  std::exception_ptr failure_;
  CancelToken cancel_;
  std::thread thread_;  // last: starts when all else is made
};

}  // namespace orrery
