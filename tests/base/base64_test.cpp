#include "core/base/base64.h"
#include "tests/support/test_main.h"

using namespace orrery;

class Base64Test : public QObject {
  Q_OBJECT

 private slots:
  void bytesAreTheSameAfterwards() {
    std::string bytes;
    for (int i = 0; i < 300; ++i) {
      QCOMPARE(QByteArray::fromBase64(QByteArray::fromStdString(encodeBase64(bytes))).toStdString(),
               bytes);
      bytes += static_cast<char>(i * 7 % 256);
    }
    QCOMPARE(encodeBase64("\xFB\xFF"), std::string("+/8="));
  }
};

ORRERY_TEST(Base64Test)
#include "base64_test.moc"
