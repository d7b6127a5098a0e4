#pragma once

#include <algorithm>
#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <span>
#include <thread>
#include <vector>

namespace orrery {

/// A few threads that share out ranges of work within microseconds: between regions they spin for a
/// moment before they sleep. Made for decoding, which enters hundreds of regions per token.
///
///     ThreadPool::shared().parallelFor(rows, 16, [&](std::int64_t begin, std::int64_t end) { … });
///
/// Which thread gets which range differs from run to run; so that results do not, a body must
/// compute each index in the same way whatever the range it comes in. Bodies must not throw.
/// Thread-safe: a region entered while another is running, or from inside a body, runs on the
/// calling thread alone.
class ThreadPool {
 public:
  /// `threads` counts the caller too: 1 makes no thread.
  explicit ThreadPool(int threads);
  ~ThreadPool();
  ThreadPool(const ThreadPool&) = delete;
  ThreadPool& operator=(const ThreadPool&) = delete;

  /// The pool of all kernels and of what resizes pictures; at first with one thread per processor
  /// this process may run on.
  static ThreadPool& shared();

  int threads() const { return threadCount_.load(std::memory_order_relaxed); }
  /// Waits for a running region. Values below 1 mean 1.
  void setThreads(int threads);

  /// The threads sleep at once instead of spinning for the next region, and leave the processors to
  /// the threads of someone else, who is about to compute.
  void rest() { resting_.store(true, std::memory_order_relaxed); }

  /// Memory that a coming region will read. While they have nothing else to do the threads ask for
  /// it, so that the memory works in the gaps between regions as well. It may have been given back
  /// by then: nothing is read. A later call replaces what is left.
  void expect(std::span<const std::span<const std::byte>> memory);

  /// Calls body(begin, end) for ranges that cover [0, count) once, of `grain` indices each but the
  /// last, and returns when all are done.
  template <class Body>
  void parallelFor(std::int64_t count, std::int64_t grain, const Body& body) {
    run(count, grain, &body, [](const void* context, std::int64_t begin, std::int64_t end) {
      (*static_cast<const Body*>(context))(begin, end);
    });
  }

 private:
  using RangeFn = void (*)(const void* context, std::int64_t begin, std::int64_t end);

  void run(std::int64_t count, std::int64_t grain, const void* context, RangeFn body);
  bool runOneChunk();
  void prefetchExpected();
  void work();
  void start(int threads);
  void stop();

  std::mutex region_;  // held by the thread whose region runs
  std::vector<std::thread> workers_;
  std::atomic<int> threadCount_{1};
  std::atomic<bool> stopping_{false};
  std::atomic<bool> resting_{false};

  // The running region. A chunk is claimed by counting unclaimed_ down; until it has been counted
  // out of unfinished_ too the region cannot end, so the fields below stay as they are.
  alignas(64) std::atomic<std::int64_t> unclaimed_{0};
  alignas(64) std::atomic<std::int64_t> unfinished_{0};
  std::int64_t count_ = 0, grain_ = 1, chunks_ = 0;
  const void* context_ = nullptr;
  RangeFn body_ = nullptr;

  // What expect() was told: the address after each piece of memory and the bytes left to ask for.
  struct Expected {
    std::atomic<std::uintptr_t> end{0};
    std::atomic<std::int64_t> left{0};
  };
  static constexpr std::size_t kMostExpected = 4;
  alignas(64) std::array<Expected, kMostExpected> expected_;

  alignas(64) std::atomic<std::uint32_t> epoch_{0};  // regions begun; sleepers wait for the next
  std::atomic<int> sleepers_{0};
};

/// The grain for indices that each do `each` of some work, of which `worth` is the least that is
/// worth another thread.
inline std::int64_t grainFor(std::int64_t worth, std::int64_t each) {
  return std::max<std::int64_t>(1, worth / std::max<std::int64_t>(1, each));
}

}  // namespace orrery
