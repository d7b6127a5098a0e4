#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace orrery::hub {

/// A few threads that hash while others fetch. Destruction drops what has not begun and waits for
/// what has.
class HashPool {
 public:
  explicit HashPool(unsigned threads);
  ~HashPool();

  /// `task` must not throw.
  void add(std::function<void()> task);

 private:
  void work();

  std::mutex mutex_;
  std::condition_variable added_;
  std::deque<std::function<void()>> tasks_;
  bool ending_ = false;
  std::vector<std::thread> threads_;
};

}  // namespace orrery::hub
