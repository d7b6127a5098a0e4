#include "app/runtime/many_runs.h"

#include <ATen/Parallel.h>

#include <algorithm>
#include <thread>

namespace orrery {
namespace {

/// LibTorch's number of threads for those who begin to compute; put back at the end.
class OwnThreads {
 public:
  OwnThreads() : before_(at::get_num_threads()) {}
  ~OwnThreads() { at::set_num_threads(before_); }
  OwnThreads(const OwnThreads&) = delete;
  OwnThreads& operator=(const OwnThreads&) = delete;

  std::size_t count() const { return static_cast<std::size_t>(std::max(before_, 1)); }

 private:
  int before_;
};

}  // namespace

void ManyRuns::run(const OutcomeCallback& done) {
  const OwnThreads threads;
  const std::size_t count = std::min(threads.count(), inputs_.size());
  ahead_ = 4 * count;
  std::vector<std::jthread> workers;  // joined before `threads` puts its number back
  try {
    for (std::size_t i = 0; i < count; ++i) workers.emplace_back([this] { work(); });
    for (std::size_t i = 0; i < inputs_.size(); ++i) done(i, take(i));
  } catch (...) {
    stop();
    throw;
  }
}

void ManyRuns::work() {
  at::set_num_threads(1);
  for (std::size_t index = claim(); index < inputs_.size(); index = claim()) {
    Outcome outcome = outcomeOf(index);
    const std::lock_guard lock(mutex_);
    finished_.emplace(index, std::move(outcome));
    changed_.notify_all();
  }
}

Outcome ManyRuns::outcomeOf(std::size_t index) const {
  Outcome outcome;
  try {
    outcome.result = pipeline_.run(inputs_[index], options_, {});
  } catch (const std::exception& error) {
    outcome.error = error.what();
  }
  return outcome;
}

std::size_t ManyRuns::claim() {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [this] { return stopped_ || begun_ < told_ + ahead_; });
  return stopped_ ? inputs_.size() : begun_++;
}

Outcome ManyRuns::take(std::size_t index) {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [&] { return finished_.contains(index); });
  Outcome outcome = std::move(finished_.extract(index).mapped());
  told_ = index + 1;
  changed_.notify_all();
  return outcome;
}

void ManyRuns::stop() {
  const std::lock_guard lock(mutex_);
  stopped_ = true;
  changed_.notify_all();
}

}  // namespace orrery
