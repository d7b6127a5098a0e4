#include "core/base/thread_pool.h"

#include <chrono>
#include <numeric>

#include "tests/support/test_main.h"

using orrery::ThreadPool;

class ThreadPoolTest : public QObject {
  Q_OBJECT

 private slots:
  void coversEachIndexOnceWhateverTheGrain() {
    ThreadPool pool(3);
    for (const std::int64_t count : {0, 1, 2, 7, 64, 1000}) {
      for (const std::int64_t grain : {-1, 1, 3, 64, 5000}) {
        std::vector<std::atomic<int>> seen(static_cast<std::size_t>(count));
        pool.parallelFor(count, grain, [&](std::int64_t begin, std::int64_t end) {
          for (auto i = begin; i < end; ++i) ++seen[static_cast<std::size_t>(i)];
        });
        for (const auto& times : seen) QCOMPARE(times.load(), 1);
      }
    }
  }
  void manyShortRegionsInARowLoseNoWork() {
    ThreadPool pool(2);
    std::atomic<std::int64_t> sum{0};
    for (int i = 0; i < 20000; ++i)
      pool.parallelFor(5, 1, [&](std::int64_t begin, std::int64_t) { sum += begin; });
    QCOMPARE(sum.load(), 200000);
  }
  void aRegionInsideARegionRunsOnItsOwnThread() {
    ThreadPool pool(2);
    std::atomic<int> inner{0};
    pool.parallelFor(8, 1, [&](std::int64_t, std::int64_t) {
      const auto self = std::this_thread::get_id();
      pool.parallelFor(4, 1, [&](std::int64_t, std::int64_t) {
        if (std::this_thread::get_id() == self) ++inner;
      });
    });
    QCOMPARE(inner.load(), 32);
  }
  void severalThreadsMayEnterAtOnce() {
    ThreadPool pool(2);
    std::atomic<int> done{0};
    std::vector<std::thread> callers;
    for (int t = 0; t < 3; ++t)
      callers.emplace_back([&] {
        for (int i = 0; i < 500; ++i)
          pool.parallelFor(4, 1, [&](std::int64_t, std::int64_t) { ++done; });
      });
    for (auto& caller : callers) caller.join();
    QCOMPARE(done.load(), 3 * 500 * 4);
  }
  void expectedMemoryIsNeverTouched() {
    ThreadPool pool(2);
    // No such addresses: whoever reads there ends the program.
    const std::span nowhere(reinterpret_cast<const std::byte*>(64), std::size_t{1} << 24);
    const std::span<const std::byte> several[] = {nowhere, nowhere, nowhere, nowhere, nowhere};
    std::atomic<int> done{0};
    for (int i = 0; i < 200; ++i) {
      pool.expect({several, static_cast<std::size_t>(i % 6)});
      pool.parallelFor(3, 1, [&](std::int64_t, std::int64_t) { ++done; });
    }
    QCOMPARE(done.load(), 600);
  }
  void threadsCanBeChangedBetweenRegions() {
    ThreadPool pool(1);
    for (const int threads : {2, 4, 1, 0, 3}) {
      pool.setThreads(threads);
      QCOMPARE(pool.threads(), std::max(1, threads));
      std::atomic<int> done{0};
      pool.parallelFor(100, 1, [&](std::int64_t, std::int64_t) { ++done; });
      QCOMPARE(done.load(), 100);
    }
  }
};

ORRERY_TEST(ThreadPoolTest)
#include "thread_pool_test.moc"
