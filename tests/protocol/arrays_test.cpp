#include "core/protocol/arrays.h"

#include <cstring>

#include "core/base/error.h"
#include "tests/support/test_main.h"

using namespace orrery;
using namespace orrery::protocol;

namespace {

Arrays twoArrays() {
  Arrays arrays;
  arrays.add("depth", {2, 3}, {0, 1.5F, -2, 3, 4, 1e30F});
  arrays.add("empty", {0, 7}, {});
  return arrays;
}

QByteArray content(const char* header, qsizetype data) {
  const std::uint64_t length = std::strlen(header);
  QByteArray bytes(reinterpret_cast<const char*>(&length), sizeof length);
  return bytes + header + QByteArray(data, '\0');
}

Frame frameOf(std::string id) {
  return {std::string(kSafetensorsType), std::move(id), twoArrays().encoded()};
}

}  // namespace

class ArraysTest : public QObject {
  Q_OBJECT

 private slots:
  void comeBackFromTheirBytes() {
    QVERIFY(Arrays::parse(twoArrays().encoded()) == twoArrays());
    QCOMPARE(twoArrays().at("depth", 2).values[3], 3.0F);
  }
  void valuesMustFillTheShape() {
    Arrays arrays;
    QVERIFY_THROWS_EXCEPTION(Error, arrays.add("a", {2, 2}, {1, 2, 3}));
    QVERIFY_THROWS_EXCEPTION(Error, arrays.add("a", {-1}, {1}));
    QVERIFY_THROWS_EXCEPTION(Error, arrays.add("a", {1LL << 62, 1LL << 62}, {1}));
  }
  void whatIsNotThereIsNamed() {
    QVERIFY_THROWS_EXCEPTION(Error, twoArrays().at("logits", 2));
    QVERIFY_THROWS_EXCEPTION(Error, twoArrays().at("depth", 3));
  }
  void brokenBytesAreRefused_data() {
    QTest::addColumn<QByteArray>("bytes");
    QTest::addRow("short") << QByteArray("abc");
    QTest::addRow("header beyond the end") << QByteArray(8, '\xff') + "{}";
    QTest::addRow("no JSON") << content("{", 0);
    QTest::addRow("no object") << content("[]", 0);
    QTest::addRow("another type") << content(
        R"({"a":{"dtype":"I64","shape":[1],"data_offsets":[0,8]}})", 8);
    QTest::addRow("offsets beyond the end")
        << content(R"({"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}})", 4);
    QTest::addRow("offsets backwards")
        << content(R"({"a":{"dtype":"F32","shape":[1],"data_offsets":[4,0]}})", 8);
    QTest::addRow("shape and offsets differ")
        << content(R"({"a":{"dtype":"F32","shape":[1],"data_offsets":[0,8]}})", 8);
    QTest::addRow("endless shape") << content(
        R"({"a":{"dtype":"F32","shape":[4294967296,4294967296],"data_offsets":[0,0]}})", 8);
    QTest::addRow("negative shape")
        << content(R"({"a":{"dtype":"F32","shape":[-1],"data_offsets":[0,4]}})", 8);
  }
  void brokenBytesAreRefused() {
    QFETCH(QByteArray, bytes);
    QVERIFY_THROWS_EXCEPTION(Error, Arrays::parse(bytes.toStdString()));
  }
  void framesEndWithTheirAnswer() {
    ArrayInbox inbox;
    inbox.keep(frameOf("6/1"));
    inbox.keep(frameOf("6/2"));
    inbox.keep(frameOf("7/1"));
    inbox.keep(frameOf("nobody"));
    const auto arrays = inbox.take(6, {{"arrays", "6/2"}});
    QVERIFY(arrays && *arrays == twoArrays());
    QVERIFY_THROWS_EXCEPTION(Error, inbox.take(6, {{"arrays", "6/1"}}));
    QVERIFY(!inbox.take(7, Json::object()));
    QVERIFY(inbox.empty());
  }
};

ORRERY_TEST(ArraysTest)
#include "arrays_test.moc"
