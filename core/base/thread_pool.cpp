#include "core/base/thread_pool.h"

#include <sched.h>

#include <algorithm>

namespace orrery {
namespace {

constexpr int kSpins = 4000;  // some 100 to 200 microseconds: longer than the gaps within a token

/// Of each piece that is expected: what the caches of a thread hold beside what it works on.
constexpr std::int64_t kMostAhead = 1 << 20;
/// Between two looks for work.
constexpr std::int64_t kPrefetchBytes = 512;

void pause() {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#endif
}

int usableProcessors() {
  cpu_set_t set;
  if (sched_getaffinity(0, sizeof set, &set) == 0) return std::max(1, CPU_COUNT(&set));
  return std::max(1u, std::thread::hardware_concurrency());
}

thread_local bool insideRegion = false;

}  // namespace

ThreadPool::ThreadPool(int threads) {
  start(threads);
}

ThreadPool::~ThreadPool() {
  stop();
}

ThreadPool& ThreadPool::shared() {
  static ThreadPool pool(usableProcessors());
  return pool;
}

void ThreadPool::setThreads(int threads) {
  const std::lock_guard lock(region_);
  if (std::max(1, threads) == this->threads()) return;
  stop();
  start(threads);
}

void ThreadPool::start(int threads) {
  threadCount_ = std::max(1, threads);
  stopping_ = false;
  for (int i = 1; i < threads; ++i) workers_.emplace_back([this] { work(); });
}

void ThreadPool::stop() {
  stopping_ = true;
  epoch_.fetch_add(1);
  epoch_.notify_all();
  for (auto& worker : workers_) worker.join();
  workers_.clear();
}

bool ThreadPool::runOneChunk() {
  auto left = unclaimed_.load(std::memory_order_acquire);
  do {
    if (left <= 0) return false;
  } while (!unclaimed_.compare_exchange_weak(left, left - 1, std::memory_order_acq_rel));
  const std::int64_t begin = (chunks_ - left) * grain_;
  body_(context_, begin, std::min(count_, begin + grain_));
  unfinished_.fetch_sub(1, std::memory_order_acq_rel);
  return true;
}

void ThreadPool::expect(std::span<const std::span<const std::byte>> memory) {
  for (std::size_t i = 0; i < kMostExpected; ++i) {
    expected_[i].left.store(0, std::memory_order_relaxed);
    if (i >= memory.size()) continue;
    const auto bytes = std::min(static_cast<std::int64_t>(memory[i].size()), kMostAhead);
    const auto begin = reinterpret_cast<std::uintptr_t>(memory[i].data());
    expected_[i].end.store(begin + static_cast<std::uintptr_t>(bytes), std::memory_order_relaxed);
    expected_[i].left.store(bytes, std::memory_order_release);
  }
}

void ThreadPool::prefetchExpected() {
  for (Expected& expected : expected_) {
    if (expected.left.load(std::memory_order_relaxed) <= 0) continue;
    const auto left = expected.left.fetch_sub(kPrefetchBytes, std::memory_order_acquire);
    if (left <= 0) continue;
    const auto end = expected.end.load(std::memory_order_relaxed);
    for (std::uintptr_t at = end - static_cast<std::uintptr_t>(left), i = 0;
         i < kPrefetchBytes && at + i < end; i += 64)
      __builtin_prefetch(reinterpret_cast<const void*>(at + i), 0, 2);
    return;
  }
  pause();
}

void ThreadPool::run(std::int64_t count, std::int64_t grain, const void* context, RangeFn body) {
  if (count <= 0) return;
  grain = std::max<std::int64_t>(1, grain);
  std::unique_lock lock(region_, std::defer_lock);
  if (count <= grain || threads() == 1 || insideRegion || !lock.try_lock()) {
    for (std::int64_t begin = 0; begin < count; begin += grain)
      body(context, begin, std::min(count, begin + grain));
    return;
  }
  insideRegion = true;
  resting_.store(false, std::memory_order_relaxed);
  count_ = count;
  grain_ = grain;
  chunks_ = (count + grain - 1) / grain;
  context_ = context;
  body_ = body;
  unfinished_.store(chunks_, std::memory_order_relaxed);
  unclaimed_.store(chunks_);
  epoch_.fetch_add(1);
  if (sleepers_.load() > 0) epoch_.notify_all();
  while (runOneChunk()) {
  }
  for (int spins = 0; unfinished_.load(std::memory_order_acquire) > 0; ++spins) {
    if (spins < kSpins)
      prefetchExpected();
    else
      std::this_thread::yield();  // the last worker has lost its processor to someone else
  }
  insideRegion = false;
}

void ThreadPool::work() {
  insideRegion = true;
  while (!stopping_.load(std::memory_order_relaxed)) {
    const auto epoch = epoch_.load();
    for (int spins = 0; spins < kSpins && !resting_.load(std::memory_order_relaxed); ++spins) {
      if (runOneChunk())
        spins = 0;
      else
        prefetchExpected();
    }
    sleepers_.fetch_add(1);
    if (unclaimed_.load() <= 0 && !stopping_.load()) epoch_.wait(epoch);
    sleepers_.fetch_sub(1);
  }
}

}  // namespace orrery
