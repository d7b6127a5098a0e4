#include "core/hub/hash_pool.h"

namespace orrery::hub {

HashPool::HashPool(unsigned threads) {
  for (unsigned i = 0; i < threads; ++i) threads_.emplace_back([this] { work(); });
}

HashPool::~HashPool() {
  {
    const std::lock_guard lock(mutex_);
    ending_ = true;
  }
  added_.notify_all();
  for (std::thread& thread : threads_) thread.join();
}

void HashPool::add(std::function<void()> task) {
  {
    const std::lock_guard lock(mutex_);
    tasks_.push_back(std::move(task));
  }
  added_.notify_one();
}

void HashPool::work() {
  while (true) {
    std::unique_lock lock(mutex_);
    added_.wait(lock, [this] { return ending_ || !tasks_.empty(); });
    if (ending_) return;
    const auto task = std::move(tasks_.front());
    tasks_.pop_front();
    lock.unlock();
    task();
  }
}

}  // namespace orrery::hub
