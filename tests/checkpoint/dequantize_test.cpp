#include "core/checkpoint/dequantize.h"

#include <cmath>
#include <cstring>

#include "core/checkpoint/safetensors.h"
#include "tests/checkpoint/support.h"
#include "tests/support/test_main.h"

using namespace orrery;
using namespace orrery::checkpoint;
using test::errorOf;

namespace {

DType packedTypeOf(std::string_view name) {
  for (std::uint32_t number = 0; number < 64; ++number)
    if (const auto type = dtypeFromGgmlType(number); type && dtypeName(*type) == name) return *type;
  throw Error(ErrorKind::kInternal, "no type of that name");
}

bool sameBits(float a, float b) {
  return (std::isnan(a) && std::isnan(b)) || std::memcmp(&a, &b, sizeof a) == 0;
}

}  // namespace

class DequantizeTest : public QObject {
  Q_OBJECT

 private slots:
  void everyTypeOfTheReferenceHasItsBits() {
    const auto path = test::oracle("dequantize.safetensors");
    ORRERY_NEED_ORACLE(path);
    const auto file = SafetensorsFile::open(path);
    int types = 0;
    for (const std::string& name : file->names()) {
      if (!name.ends_with(".packed")) continue;
      const std::string type = name.substr(0, name.size() - 7);
      const TensorView expected = *file->find(type + ".values");
      std::vector<float> values(static_cast<std::size_t>(expected.elements()));
      dequantize(packedTypeOf(type), file->find(name)->data, values);
      for (std::size_t i = 0; i < values.size(); ++i) {
        float want = 0;
        std::memcpy(&want, expected.data.data() + i * sizeof want, sizeof want);
        if (!sameBits(values[i], want))
          QFAIL(qPrintable(QString("%1[%2]: %3, expected %4")
                               .arg(type.c_str())
                               .arg(i)
                               .arg(values[i])
                               .arg(want)));
      }
      ++types;
    }
    QVERIFY2(types >= 25, qPrintable(QString::number(types)));
  }

  void wrongSizeIsRefused() {
    std::vector<float> values(31);
    const std::string block(18, 'x');
    QVERIFY(errorOf([&] {
              dequantize(DType::kQ4_0, test::bytesOf(block), values);
            }).contains("18 bytes of Q4_0 do not hold 31 values"));
  }
  void typeWithoutMeaningIsRefused() {
    QVERIFY(!canDequantize(DType::kQ8_1));
    QVERIFY(errorOf([] { dequantize(DType::kQ8_1, {}, {}); }).contains("Q8_1"));
  }
};

ORRERY_TEST(DequantizeTest)
#include "dequantize_test.moc"
