#include "core/protocol/process.h"

#include <signal.h>

#include <fstream>
#include <set>

#include <QTemporaryDir>

#include "core/protocol/client.h"
#include "core/protocol/generate.h"
#include "core/protocol/model.h"
#include "tests/support/test_main.h"

using namespace orrery;
using namespace orrery::protocol;

namespace {

/// A fake engine that follows `script`, and a client that collects the tokens of each request.
class FakeEngine {
 public:
  explicit FakeEngine(const Json& script)
      : child({ORRERY_BINARY_DIR "/bin/fake_engine", write(script)}),
        client(child.out(), child.in(), [this](const Envelope& message) { receive(message); }) {
    client.initialize("test");
  }
  ~FakeEngine() { child.closeIn(); }

  /// Requests in the order in which their tokens came.
  std::vector<std::int64_t> order() {
    std::lock_guard lock(mutex_);
    return order_;
  }
  /// Blocks until so many tokens of all requests have come.
  void waitForTokens(std::size_t count) {
    std::unique_lock lock(mutex_);
    arrived_.wait(lock, [&] { return order_.size() >= count; });
  }

 private:
  std::string write(const Json& script) {
    ignoreBrokenPipes();
    const std::string path = folder_.filePath("script.json").toStdString();
    std::ofstream(path) << script.dump();
    return path;
  }
  void receive(const Envelope& message) {
    if (message.method != TokenParams::kMethod) return;
    std::lock_guard lock(mutex_);
    order_.push_back(message.paramsAs<TokenParams>().request.get<std::int64_t>());
    arrived_.notify_all();
  }

  QTemporaryDir folder_;
  std::mutex mutex_;
  std::condition_variable arrived_;
  std::vector<std::int64_t> order_;

 public:
  ChildProcess child;
  Client client;
};

GenerateParams promptOf(const char* text) {
  GenerateParams params;
  params.prompt.text = text;
  return params;
}

const Json kEndless{{"reply", std::vector<std::string>(100'000, "x")}, {"token_ms", 5}};

}  // namespace

class EngineProcessTest : public QObject {
  Q_OBJECT

 private slots:
  void tokensStreamBeforeTheResult() {
    FakeEngine engine(Json{{"reply", {"a", "b", "c"}}});
    const GenerateResult result = engine.client.call(promptOf("one two"));
    QCOMPARE(result.sequences.at(0).text, std::string("abc"));
    QCOMPARE(engine.order().size(), std::size_t{3});
  }
  void twoGeneratesRunAtOnce() {
    FakeEngine engine(kEndless);
    const auto first = engine.client.send(promptOf("first"));
    const auto second = engine.client.send(promptOf("second"));
    engine.waitForTokens(20);
    const auto order = engine.order();
    QCOMPARE((std::set<std::int64_t>(order.begin(), order.end())),
             (std::set<std::int64_t>{first, second}));
  }
  void crashIsToldToWhoWaits() {
    FakeEngine engine(Json{{"crash_after", 2}});
    try {
      engine.client.call(promptOf("x"));
      QFAIL("no error");
    } catch (const Error& error) {
      QVERIFY(error.kind() == ErrorKind::kProtocol);
    }
    QCOMPARE(engine.order().size(), std::size_t{2});
    QCOMPARE(engine.child.waitForEnd(2000), 128 + SIGKILL);
  }
  void endOfInputEndsTheProcessWhileItGenerates() {
    FakeEngine engine(kEndless);
    engine.client.send(promptOf("x"));
    engine.waitForTokens(1);
    engine.child.closeIn();
    QCOMPARE(engine.child.waitForEnd(1000), 0);
  }
  void missingProgramIsNamed() {
    try {
      ChildProcess child({"/nonexistent/engine"});
      QFAIL("started");
    } catch (const Error& error) {
      QVERIFY(QString(error.what()).contains("/nonexistent/engine"));
    }
  }
};

ORRERY_TEST(EngineProcessTest)
#include "process_test.moc"
