#include "app/cli/engine_turns.h"

#include <chrono>
#include <future>
#include <thread>

#include "core/base/error.h"
#include "tests/support/test_main.h"

using namespace orrery;
using namespace orrery::engine;
using namespace std::chrono_literals;
using generation::DecodingSession;
using generation::TokenId;

namespace {

/// Notes who computes, and whether two ever did at once.
struct Record {
  std::mutex mutex;
  std::vector<TokenId> steps;
  std::vector<std::size_t> prefills;
  std::atomic<int> computing = 0;
  std::atomic<bool> overlapped = false;

  void compute(const std::function<void()>& note) {
    if (computing.fetch_add(1) != 0) overlapped = true;
    std::this_thread::yield();
    {
      std::lock_guard lock(mutex);
      note();
    }
    computing.fetch_sub(1);
  }
};

class RecordingSession : public DecodingSession {
 public:
  explicit RecordingSession(Record& record) : record_(record) {}
  int vocabSize() const override { return 1; }
  int contextLength() const override { return 0; }
  int rows() const override { return 1; }
  int length(int) const override { return 0; }
  void prefill(int, std::span<const TokenId> ids, const CancelToken&) override {
    record_.compute([&] { record_.prefills.push_back(ids.size()); });
  }
  void step(std::span<const TokenId> ids) override {
    record_.compute([&] { record_.steps.push_back(ids[0]); });
  }
  std::span<const float> logits(int) const override { return {}; }
  void reorder(std::span<const int>) override {}
  void rewind(int, int) override {}
  std::unique_ptr<DecodingSession> fork() const override {
    return std::make_unique<RecordingSession>(record_);
  }

 private:
  Record& record_;
};

struct RecordingModel : generation::SessionFactory {
  explicit RecordingModel(Record& r) : record(r) {}
  std::unique_ptr<DecodingSession> newSession(std::span<const TokenId>) override {
    return std::make_unique<RecordingSession>(record);
  }
  bool isEncoderDecoder() const override { return false; }
  Record& record;
};

}  // namespace

class TurnsTest : public QObject {
  Q_OBJECT

 private slots:
  void neverTwoAtOnceAndNoneStarves() {
    Record record;
    RecordingModel model(record);
    Turns turns;
    std::atomic<bool> stop = false;
    const auto run = [&](TokenId id) {
      TurnTakingSessions sessions(model, turns, {});
      const auto session = sessions.newSession({});
      while (!stop) session->step(std::span(&id, 1));
    };
    std::thread first(run, 1);
    std::thread second(run, 2);
    const auto both = [&] {
      std::lock_guard lock(record.mutex);
      return std::ranges::count(record.steps, 1) > 50 && std::ranges::count(record.steps, 2) > 50;
    };
    QVERIFY(QTest::qWaitFor(both, 5000));
    stop = true;
    first.join();
    second.join();
    QVERIFY(!record.overlapped);
  }
  void longPromptGivesTheTurnAwayBetweenPieces() {
    Record record;
    RecordingModel model(record);
    Turns turns;
    TurnTakingSessions sessions(model, turns, {});
    sessions.newSession({})->prefill(0, std::vector<TokenId>(600), {});
    QCOMPARE(record.prefills, (std::vector<std::size_t>{256, 256, 88}));
  }
  void cancelEndsTheWaitForATurn() {
    Turns turns;
    const CancelToken cancel;
    const Turns::Turn held(turns, {});
    auto waiting = std::async(std::launch::async, [&] { const Turns::Turn turn(turns, cancel); });
    cancel.cancel();
    QVERIFY(waiting.wait_for(100ms) == std::future_status::ready);
    QVERIFY_THROWS_EXCEPTION(Error, waiting.get());
  }
  void cancelledWaiterDoesNotBlockThoseBehindIt() {
    Turns turns;
    const CancelToken cancel;
    std::optional<Turns::Turn> held;
    held.emplace(turns, CancelToken());
    auto waiting = std::async(std::launch::async, [&] { const Turns::Turn turn(turns, cancel); });
    cancel.cancel();
    waiting.wait();
    auto next =
        std::async(std::launch::async, [&] { const Turns::Turn turn(turns, CancelToken()); });
    held.reset();
    QVERIFY(next.wait_for(1000ms) == std::future_status::ready);
  }
};

ORRERY_TEST(TurnsTest)
#include "turns_test.moc"
