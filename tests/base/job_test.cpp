#include "core/base/job.h"

#include "core/base/error.h"
#include "tests/support/test_main.h"

using namespace orrery;
using namespace std::chrono_literals;

class JobTest : public QObject {
  Q_OBJECT

 private slots:
  void waitReturnsTheValue() {
    Job<int> job([](JobContext&) { return 42; });
    QCOMPARE(job.wait(), 42);
  }
  void waitThrowsTheError() {
    Job<int> job([](JobContext&) -> int { throw Error(ErrorKind::kIo, "broken"); });
    QVERIFY_THROWS_EXCEPTION(Error, job.wait());
  }
  void cancelEndsABodyThatLooks() {
    Job<int> job([](JobContext& context) -> int {
      for (;;) context.cancel.throwIfCancelled();
    });
    job.cancel();
    QVERIFY_THROWS_EXCEPTION(Error, job.wait());
    QVERIFY(job.done());
  }
  void destructionCancelsAndWaits() {
    bool ended = false;
    {
      Job<int> job([&](JobContext& context) -> int {
        while (!context.cancel.cancelled()) std::this_thread::yield();
        ended = true;
        return 0;
      });
    }
    QVERIFY(ended);
  }
  void meterGivesRateAndTimeLeft() {
    Progress last;
    const auto start = ProgressMeter::Clock::now();
    ProgressMeter meter(
        "loading", "bytes", 1000, [&](const Progress& p) { last = p; }, 0ms);
    meter.advanceTo(200, start + 2s);
    QVERIFY(std::abs(last.rate - 100) < 1);
    QVERIFY(std::abs(*last.secondsLeft - 8) < 0.1);
    meter.finish(start + 4s);
    QCOMPARE(last.done, 1000.0);
    QCOMPARE(*last.secondsLeft, 0.0);
  }
};

ORRERY_TEST(JobTest)
#include "job_test.moc"
