#include "core/base/utf8.h"

#include "tests/support/test_main.h"

using namespace orrery;

class Utf8Test : public QObject {
  Q_OBJECT

 private slots:
  void roundTripsEveryScalarValue() {
    for (char32_t c = 0; c <= 0x10FFFF; ++c) {
      if (c >= 0xD800 && c <= 0xDFFF) continue;
      std::string text;
      utf8::append(text, c);
      std::size_t at = 0;
      if (utf8::next(text, at) != c || at != text.size())
        QFAIL(qPrintable(QString("U+%1").arg(static_cast<uint>(c), 0, 16)));
    }
  }
  void invalidSequencesAreReplaced_data() {
    QTest::addColumn<QByteArray>("bytes");
    QTest::addColumn<QByteArray>("expected");
    QTest::newRow("overlong") << QByteArray("\xC0\xAF") << QByteArray("\uFFFD\uFFFD");
    QTest::newRow("surrogate") << QByteArray("\xED\xA0\x80") << QByteArray("\uFFFD\uFFFD\uFFFD");
    QTest::newRow("cut short") << QByteArray("a\xE2\x82") << QByteArray("a\uFFFD");
    QTest::newRow("above the range")
        << QByteArray("\xF4\x90\x80\x80") << QByteArray("\uFFFD\uFFFD\uFFFD\uFFFD");
  }
  void invalidSequencesAreReplaced() {
    QFETCH(QByteArray, bytes);
    QFETCH(QByteArray, expected);
    QCOMPARE(QByteArray::fromStdString(utf8::sanitized(bytes.toStdString())), expected);
  }
  void incompleteTailCountsOnlyWhatMayStillBecomeACharacter() {
    QCOMPARE(utf8::incompleteTail("a\xF0\x9F\x98"), 3u);
    QCOMPARE(utf8::incompleteTail("a\xC3"), 1u);
    QCOMPARE(utf8::incompleteTail("\xC3\xA4"), 0u);
    QCOMPARE(utf8::incompleteTail("a\xFF"), 0u);
    QCOMPARE(utf8::incompleteTail("\xE0\x80"), 0u);
  }
};

ORRERY_TEST(Utf8Test)
#include "utf8_test.moc"
