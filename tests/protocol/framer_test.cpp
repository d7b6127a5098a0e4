#include "core/protocol/framer.h"

#include "core/base/error.h"
#include "tests/support/test_main.h"

using namespace orrery;
using namespace orrery::protocol;

namespace {

/// Every frame of `bytes`, given in pieces of `piece` bytes.
std::vector<Frame> framesOf(std::string_view bytes, std::size_t piece, FrameLimits limits = {}) {
  Framer framer(limits);
  std::vector<Frame> frames;
  for (std::size_t at = 0; at < bytes.size(); at += piece) {
    framer.append(bytes.substr(at, piece));
    while (auto frame = framer.next()) frames.push_back(std::move(*frame));
  }
  return frames;
}

QString errorOf(std::string_view bytes, FrameLimits limits = {}) {
  try {
    framesOf(bytes, bytes.size(), limits);
    return {};
  } catch (const Error& error) {
    return QString::fromUtf8(error.what());
  }
}

const std::vector<Frame> kFrames{
    {.content = R"({"a":1})"},
    {.type = std::string(kSafetensorsType), .id = "m1", .content = std::string("\0\r\n\r\n", 5)},
    {.content = ""},
    {.content = std::string(200'000, 'x')}};

std::string encodedFrames() {
  std::string bytes;
  for (const Frame& frame : kFrames) bytes += encode(frame);
  return bytes;
}

}  // namespace

class FramerTest : public QObject {
  Q_OBJECT

 private slots:
  void framesSurviveAnyCut_data() {
    QTest::addColumn<int>("piece");
    for (const int piece : {1, 2, 3, 7, 64, 4096, 1 << 20})
      QTest::addRow("%d bytes", piece) << piece;
  }
  void framesSurviveAnyCut() {
    QFETCH(int, piece);
    QVERIFY(framesOf(encodedFrames(), static_cast<std::size_t>(piece)) == kFrames);
  }
  void incompleteFrameIsKeptBack() {
    const std::string bytes = encode(kFrames[0]);
    for (std::size_t size = 0; size < bytes.size(); ++size) {
      Framer framer;
      framer.append(std::string_view(bytes).substr(0, size));
      QVERIFY(!framer.next());
      QCOMPARE(framer.midFrame(), size > 0);
    }
  }
  void headerNamesIgnoreCaseAndUnknownOnesAreSkipped() {
    const auto frames = framesOf(
        "CONTENT-LENGTH:2\r\nX-Later: yes\r\n"
        "Content-Type: application/vscode-jsonrpc; charset=utf-8\r\n\r\n{}",
        100);
    QVERIFY(frames == std::vector<Frame>{{.content = "{}"}});
  }
  void hostileHeaderIsNamed_data() {
    QTest::addColumn<QByteArray>("bytes");
    QTest::addColumn<QString>("message");
    const auto row = [](const char* name, const char* bytes, const char* message) {
      QTest::newRow(name) << QByteArray(bytes) << QString(message);
    };
    row("negative", "Content-Length: -1\r\n\r\n", "Content-Length is \"-1\"");
    row("huge", "Content-Length: 99999999999\r\n\r\n", "the limit is");
    row("over 64 bits", "Content-Length: 99999999999999999999999\r\n\r\n", "expected a number");
    row("trailing", "Content-Length: 3x\r\n\r\n", "expected a number");
    row("empty", "Content-Length:\r\n\r\n", "expected a number");
    row("twice", "Content-Length: 1\r\nContent-Length: 2\r\n\r\n", "two Content-Length");
    row("none", "Content-Type: application/json\r\n\r\n", "no Content-Length");
    row("no header at all", "\r\n\r\n", "no Content-Length");
    row("no colon", "GET / HTTP/1.1\r\n\r\n", "has no colon");
    row("foreign type", "Content-Length: 1\r\nContent-Type: text/html\r\n\r\n", "Content-Type is");
    row("binary without id", "Content-Length: 1\r\nContent-Type: application/x-safetensors\r\n\r\n",
        "without Content-Id");
  }
  void hostileHeaderIsNamed() {
    QFETCH(QByteArray, bytes);
    QFETCH(QString, message);
    const QString found = errorOf(bytes.toStdString());
    QVERIFY2(found.startsWith("protocol frame: ") && found.contains(message), qPrintable(found));
  }
  void endlessHeaderIsRefused() {
    QVERIFY(errorOf(std::string(5000, 'a')).contains("no end of header within 4096 bytes"));
  }
  void messageLimitDoesNotHoldForBinaryFrames() {
    const FrameLimits limits{.message = 4, .binary = 8};
    QVERIFY(errorOf(encode({.content = "12345"}), limits).contains("the limit is 4"));
    QVERIFY(errorOf(encode({std::string(kSafetensorsType), "1", "12345"}), limits).isEmpty());
  }
  void brokenStreamStaysBroken() {
    Framer framer;
    framer.append("nonsense\r\n\r\n");
    QVERIFY_THROWS_EXCEPTION(Error, framer.next());
    framer.append(encode(kFrames[0]));
    QVERIFY_THROWS_EXCEPTION(Error, framer.next());
  }
};

ORRERY_TEST(FramerTest)
#include "framer_test.moc"
