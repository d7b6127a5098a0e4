#include "core/protocol/server.h"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <future>

#include "core/protocol/client.h"
#include "core/protocol/generate.h"
#include "core/protocol/text.h"
#include "core/protocol/vision.h"
#include "tests/support/test_main.h"

using namespace orrery;
using namespace orrery::protocol;
using namespace std::chrono_literals;

namespace {

/// A server and a client in this process, joined by two pipes.
class Connection {
 public:
  explicit Connection(const std::function<void(Server&)>& bind,
                      Client::OnNotification onNotification = {}) {
    ignoreBrokenPipes();
    if (::pipe2(up_.data(), O_CLOEXEC) != 0 || ::pipe2(down_.data(), O_CLOEXEC) != 0)
      qFatal("no pipe");
    engine_ = std::thread([this, bind] {
      {
        Server server({.engine = "test"}, down_[1]);
        bind(server);
        server.serve(up_[0]);
      }
      ::close(down_[1]);
      ended_.set_value();
    });
    client.emplace(down_[0], up_[1], std::move(onNotification));
  }
  ~Connection() {
    closeInput();
    engine_.join();
    client.reset();
    ::close(up_[0]);
    ::close(down_[0]);
  }

  void closeInput() {
    if (up_[1] >= 0) ::close(up_[1]);
    up_[1] = -1;
  }
  void sendRaw(std::string_view bytes) { FrameWriter(up_[1]).write(bytes); }
  bool endsWithin(std::chrono::milliseconds limit) {
    return ended_.get_future().wait_for(limit) == std::future_status::ready;
  }

  std::optional<Client> client;

 private:
  std::array<int, 2> up_{};
  std::array<int, 2> down_{};
  std::promise<void> ended_;
  std::thread engine_;
};

/// detokenize that works until it is cancelled; generate that streams its prompt's ids and waits
/// for `gate` before each.
void bindTestMethods(Server& server) {
  server.on<TokenizeParams>([](const TokenizeParams& params, RequestContext&) {
    if (params.text == "throw") throw Error(ErrorKind::kOutOfMemory, "too long").in("tokenize");
    if (params.text == "foreign") throw std::runtime_error("library failure");
    return TokenizeResult{.ids = {static_cast<int>(params.text.size())}};
  });
  server.on<SegmentParams>([](const SegmentParams& params, RequestContext& context) {
    Arrays arrays;
    arrays.add("logits", {1, 1, 2}, {-1, 1});
    SegmentResult result{.masks = {{{1, 2}, "11"}}, .scores = {0.5}};
    result.arrays = context.sendArrays(arrays);
    if (params.image == "lost") result.arrays = "nothing of this name";
    return result;
  });
  server.on<DetokenizeParams>([](const DetokenizeParams&, RequestContext& context) {
    context.progress({.what = "working", .unit = "steps", .done = 1, .total = 2});
    for (;;) {
      context.cancel.throwIfCancelled();
      std::this_thread::yield();
    }
    return DetokenizeResult{};
  });
}

template <class Call>
Error errorOf(Call call) {
  try {
    call();
  } catch (const Error& error) {
    return error;
  }
  return Error(ErrorKind::kInternal, std::string("no error"));
}

}  // namespace

class ServerTest : public QObject {
  Q_OBJECT

 private slots:
  void initializeNamesVersionAndMethods() {
    Connection connection(bindTestMethods);
    const auto engine = connection.client->initialize("test");
    QCOMPARE(engine.protocol, kProtocolVersion);
    QVERIFY(std::ranges::count(engine.methods, "tokenize") == 1);
  }
  void requestBeforeInitializeIsRefused() {
    Connection connection(bindTestMethods);
    const Error error = errorOf([&] { connection.client->call(TokenizeParams{.text = "x"}); });
    QVERIFY(error.kind() == ErrorKind::kProtocol);
    QVERIFY(QString(error.what()).contains("initialize must come first"));
  }
  void otherVersionIsRefusedNamingBoth() {
    Connection connection(bindTestMethods);
    const Error error = errorOf([&] { connection.client->call(InitializeParams{.protocol = 99}); });
    QVERIFY(error.kind() == ErrorKind::kProtocol);
    QVERIFY(QString(error.what()).contains("version 1") && QString(error.what()).contains("99"));
  }
  void resultComesBackTyped() {
    Connection connection(bindTestMethods);
    connection.client->initialize("test");
    QCOMPARE(connection.client->call(TokenizeParams{.text = "four"}).ids, std::vector<int>{4});
  }
  void arraysComeBesideTheirResult() {
    Connection connection(bindTestMethods);
    connection.client->initialize("test");
    const SegmentResult result = connection.client->call(SegmentParams{.image = "a.png"});
    QCOMPARE(*result.arrays, std::string("2/1"));
    QCOMPARE(result.arrayContent->at("logits", 3).values, (std::vector<float>{-1, 1}));
  }
  void arraysThatDidNotComeAreAnError() {
    Connection connection(bindTestMethods);
    connection.client->initialize("test");
    const Error error = errorOf([&] { connection.client->call(SegmentParams{.image = "lost"}); });
    QVERIFY(QString(error.what()).contains("did not come"));
  }
  void errorOfHandlerKeepsKindAndText() {
    Connection connection(bindTestMethods);
    connection.client->initialize("test");
    const Error error = errorOf([&] { connection.client->call(TokenizeParams{.text = "throw"}); });
    QVERIFY(error.kind() == ErrorKind::kOutOfMemory);
    QCOMPARE(error.what(), "tokenize: too long");
  }
  void foreignExceptionIsAnInternalError() {
    Connection connection(bindTestMethods);
    connection.client->initialize("test");
    const Error error =
        errorOf([&] { connection.client->call(TokenizeParams{.text = "foreign"}); });
    QVERIFY(error.kind() == ErrorKind::kInternal);
    QVERIFY(QString(error.what()).contains("library failure"));
  }
  void unknownMethodIsUnsupported() {
    Connection connection(bindTestMethods);
    connection.client->initialize("test");
    const Error error = errorOf([&] { connection.client->call(GenerateParams{}); });
    QVERIFY(error.kind() == ErrorKind::kUnsupported);
  }
  void malformedParamsNameTheField() {
    Connection connection(bindTestMethods);
    connection.client->initialize("test");
    connection.sendRaw(requestFrame(1000, "tokenize", {{"text", 5}}));
    const Error error = errorOf([&] { connection.client->wait<TokenizeParams>(1000); });
    QCOMPARE(error.what(), "tokenize.text: expected a string, found 5");
  }
  void cancelEndsARequestWithin100Ms() {
    std::promise<void> started;
    Connection connection(bindTestMethods, [&](const Envelope& message) {
      if (message.method == ProgressParams::kMethod) started.set_value();
    });
    connection.client->initialize("test");
    const auto id = connection.client->send(DetokenizeParams{});
    started.get_future().wait();
    const auto begin = std::chrono::steady_clock::now();
    connection.client->cancel(id);
    const Error error = errorOf([&] { connection.client->wait<DetokenizeParams>(id); });
    QVERIFY(error.kind() == ErrorKind::kCancelled);
    QVERIFY(std::chrono::steady_clock::now() - begin < 100ms);
  }
  void cancelOfUnknownRequestIsIgnored() {
    Connection connection(bindTestMethods);
    connection.client->initialize("test");
    connection.client->cancel(12345);
    QCOMPARE(connection.client->call(TokenizeParams{.text = "ok"}).ids, std::vector<int>{2});
  }
  void progressNamesItsRequest() {
    std::promise<ProgressParams> arrived;
    Connection connection(bindTestMethods, [&](const Envelope& message) {
      arrived.set_value(message.paramsAs<ProgressParams>());
    });
    connection.client->initialize("test");
    const auto id = connection.client->send(DetokenizeParams{});
    const ProgressParams progress = arrived.get_future().get();
    QVERIFY(progress.request == id);
    QCOMPARE(progress.progress.what, std::string("working"));
    QCOMPARE(progress.progress.total, 2.0);
  }
  void longRequestHoldsUpNoOther() {
    Connection connection(bindTestMethods);
    connection.client->initialize("test");
    connection.client->send(DetokenizeParams{});
    QCOMPARE(connection.client->call(TokenizeParams{.text = "abc"}).ids, std::vector<int>{3});
  }
  void endOfInputCancelsWhatRunsAndEnds() {
    Connection connection(bindTestMethods);
    connection.client->initialize("test");
    connection.client->send(DetokenizeParams{});
    connection.closeInput();
    QVERIFY(connection.endsWithin(1000ms));
  }
  void shutdownIsAnsweredAndEnds() {
    Connection connection(bindTestMethods);
    connection.client->initialize("test");
    connection.client->send(DetokenizeParams{});
    connection.client->call(ShutdownParams{});
    QVERIFY(connection.endsWithin(1000ms));
  }
  void brokenFramingEndsTheConnectionWithAReason() {
    Connection connection(bindTestMethods);
    connection.client->initialize("test");
    const auto id = connection.client->send(DetokenizeParams{});
    connection.sendRaw("Content-Length: x\r\n\r\n");
    QVERIFY(connection.endsWithin(1000ms));
    const Error error = errorOf([&] { connection.client->wait<DetokenizeParams>(id); });
    QVERIFY2(QString(error.what()).contains("Content-Length is \"x\""), error.what());
  }
};

ORRERY_TEST(ServerTest)
#include "server_test.moc"
