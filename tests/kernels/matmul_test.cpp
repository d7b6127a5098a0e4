#include "core/kernels/matmul.h"

#include <cmath>
#include <cstring>
#include <random>

#include "core/base/error.h"
#include "core/base/thread_pool.h"
#include "core/kernels/dequantize.h"
#include "core/kernels/gate.h"
#include "core/kernels/isa.h"
#include "core/kernels/scalar.h"
#include "tests/kernels/random_values.h"
#include "tests/support/test_main.h"

using namespace orrery;
using namespace orrery::kernels;
using checkpoint::DType;
using orrery::ThreadPool;

namespace {

// A weight and the bfloat16 numbers that products see of it.
struct Weight {
  Matrix matrix;
  std::vector<std::byte> bytes;
  std::vector<float> seen;

  Weight(DType dtype, std::int64_t rows, std::int64_t columns, std::mt19937& random)
      : bytes(static_cast<std::size_t>(rows * matrixRowBytes(dtype, columns))) {
    if (dtype == DType::kBF16) {
      for (std::size_t i = 0; i < bytes.size(); i += 2) {
        const std::uint16_t bits = floatToBf16(randomValues(1, random)[0]);
        std::memcpy(&bytes[i], &bits, 2);
      }
    } else {  // all exponents of a half small, whatever place it has in a block
      for (auto& byte : bytes) byte = static_cast<std::byte>(random() & 0x9F);
    }
    matrix = {dtype, bytes.data(), rows, columns};
    std::vector<std::uint16_t> rounded(static_cast<std::size_t>(rows * columns));
    dequantizeRowsToBf16(matrix, rounded.data());
    for (const std::uint16_t bits : rounded) seen.push_back(bf16ToFloat(bits));
  }
};

float rounded(float x) {
  return bf16ToFloat(floatToBf16(x));
}

// Each output within what float32 sums may be off.
bool equalsTheSums(const Weight& weight, const std::vector<float>& x, const float* bias,
                   const std::vector<float>& y) {
  const std::int64_t columns = weight.matrix.columns, outputs = weight.matrix.rows;
  const std::int64_t rows = static_cast<std::int64_t>(x.size()) / columns;
  for (std::int64_t r = 0; r < rows; ++r)
    for (std::int64_t o = 0; o < outputs; ++o) {
      double sum = bias ? bias[o] : 0, size = std::abs(sum);
      for (std::int64_t c = 0; c < columns; ++c) {
        const double product = double(rounded(x[static_cast<std::size_t>(r * columns + c)])) *
                               double(weight.seen[static_cast<std::size_t>(o * columns + c)]);
        sum += product;
        size += std::abs(product);
      }
      const double off = std::abs(double(y[static_cast<std::size_t>(r * outputs + o)]) - sum);
      if (!(off <= 4e-6 * size + 1e-30)) return false;
    }
  return true;
}

}  // namespace

class MatmulTest : public QObject {
  Q_OBJECT

 private slots:
  void initTestCase() {
    useIsa(Isa::kGeneric);
    QVERIFY(!canMultiplyMany(DType::kBF16));
    float x = 1, y = 0;
    const std::uint16_t weight = 0;
    const MatvecJob job{{DType::kBF16, &weight, 1, 1}, nullptr, &y};
    QVERIFY_THROWS_EXCEPTION(Error, matmulMany({&x, 1, 1}, {&job, 1}));
  }
  void init() { useIsa(availableIsas().back()); }
  void cleanup() { ThreadPool::shared().setThreads(2); }

  void equalsTheSumsInDoubles_data() {
    QTest::addColumn<int>("dtype");
    QTest::addColumn<int>("columns");
    // Odd numbers, and more than one panel holds.
    for (const int columns : {1, 2, 33, 576, 2049})
      QTest::addRow("bf16 %d", columns) << int(DType::kBF16) << columns;
    for (const DType type : {DType::kQ8_0, DType::kQ4_0, DType::kQ4_1, DType::kQ4_K, DType::kQ6_K})
      for (const int columns : {256, 2304})
        QTest::addRow("type %d, %d", int(type), columns) << int(type) << columns;
  }
  void equalsTheSumsInDoubles() {
    QFETCH(int, dtype);
    QFETCH(int, columns);
    const auto type = static_cast<DType>(dtype);
    if (!canMultiplyMany(type)) QSKIP("this processor has no instruction for it");
    std::mt19937 random(static_cast<unsigned>(columns + dtype));
    for (const int rows : {1, 9, 12, 40})
      for (const int outputs : {1, 31, 33, 100}) {
        const Weight weight(type, outputs, columns, random);
        const auto x = randomValues(rows * columns, random), bias = randomValues(outputs, random);
        for (const float* added : {static_cast<const float*>(nullptr), bias.data()}) {
          std::vector<float> y(static_cast<std::size_t>(rows * outputs), NAN);
          const MatvecJob job{weight.matrix, added, y.data()};
          matmulMany({x.data(), rows, columns}, {&job, 1});
          QVERIFY(equalsTheSums(weight, x, added, y));
        }
      }
  }
  void rowsAreSharedOutWhateverTheirNumber() {
    if (!canMultiplyMany(DType::kBF16)) QSKIP("this processor has no instruction for it");
    std::mt19937 random(6);
    const Weight weight(DType::kBF16, 96, 64, random);  // three panels: the rows are cut
    for (const int threads : {1, 2, 4, 16})
      for (int rows = 1; rows < 130; rows += 3) {
        ThreadPool::shared().setThreads(threads);
        const auto x = randomValues(rows * 64, random);
        std::vector<float> y(static_cast<std::size_t>(rows * 96), NAN);
        const MatvecJob job{weight.matrix, nullptr, y.data()};
        matmulMany({x.data(), rows, 64}, {&job, 1});
        QVERIFY(equalsTheSums(weight, x, nullptr, y));
      }
  }
  void severalWeightsAndThreadsDoNotChangeABit() {
    if (!canMultiplyMany(DType::kBF16)) QSKIP("this processor has no instruction for it");
    std::mt19937 random(3);
    const std::int64_t rows = 50, columns = 96;
    const auto x = randomValues(rows * columns, random);
    const Weight first(DType::kBF16, 70, columns, random),
        second(DType::kQ4_1, 33, columns, random);
    std::vector<float> alone[2], together[2];
    MatvecJob jobs[2];
    int i = 0;
    for (const Weight* weight : {&first, &second}) {
      alone[i].resize(static_cast<std::size_t>(rows * weight->matrix.rows));
      together[i].resize(alone[i].size());
      jobs[i] = {weight->matrix, nullptr, alone[i].data()};
      ThreadPool::shared().setThreads(1);
      // Row by row: the others do not matter either.
      for (std::int64_t r = 0; r < rows; ++r) {
        jobs[i].y = alone[i].data() + r * weight->matrix.rows;
        matmulMany({x.data() + r * columns, 1, columns}, {&jobs[i], 1});
      }
      jobs[i].y = together[i].data();
      ++i;
    }
    ThreadPool::shared().setThreads(4);
    matmulMany({x.data(), rows, columns}, jobs);
    QVERIFY(alone[0] == together[0]);
    QVERIFY(alone[1] == together[1]);
  }
  void gatesEqualTheFormulaInDoubles() {
    std::mt19937 random(4);
    const std::int64_t columns = 37, stride = 80;
    auto both = randomValues(5 * stride, random);
    const float special[] = {0, -1e-30F, 200, -200, 88, -88, 1e30F, -1e30F};
    std::copy(std::begin(special), std::end(special), both.begin());
    for (const Isa isa : availableIsas()) {
      useIsa(isa);
      for (const GateFunction f : {GateFunction::kSilu, GateFunction::kTanhGelu}) {
        std::vector<float> out(static_cast<std::size_t>(5 * columns), NAN);
        gate(f, {both.data(), both.data() + columns, 5, columns, stride}, out.data());
        for (std::int64_t i = 0; i < 5 * columns; ++i) {
          const auto at = static_cast<std::size_t>(i / columns * stride + i % columns);
          const double x = both[at], up = both[at + static_cast<std::size_t>(columns)];
          const double z =
              f == GateFunction::kSilu ? x : 2 * std::sqrt(2 / M_PI) * (x + 0.044715 * x * x * x);
          const double right = x / (1 + std::exp(-z)) * up;
          // What is lost of a sum near a root counts by the sizes of its terms.
          const double allowed = 2e-6 * std::abs(right) + 1e-6 * std::exp(-std::abs(x)) + 1e-30;
          QVERIFY2(std::abs(out[static_cast<std::size_t>(i)] - right) <= allowed,
                   isaName(isa).data());
        }
      }
    }
  }
  void scaledSumsAreWholeWhateverTheLength() {
    std::mt19937 random(5);
    for (const std::int64_t n : {1, 8191, 8193, 30000}) {
      const auto x = randomValues(n, random), y = randomValues(n, random);
      std::vector<float> out(x.size(), NAN);
      addScaled(x.data(), y.data(), 0.5F, n, out.data());
      for (std::size_t i = 0; i < x.size(); ++i) QCOMPARE(out[i], x[i] + 0.5F * y[i]);
    }
  }
};

ORRERY_TEST(MatmulTest)
#include "matmul_test.moc"
