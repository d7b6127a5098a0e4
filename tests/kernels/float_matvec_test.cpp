#include <cmath>
#include <cstring>
#include <limits>
#include <random>

#include "core/base/error.h"
#include "core/base/thread_pool.h"
#include "core/kernels/isa.h"
#include "core/kernels/matvec.h"
#include "core/kernels/scalar.h"
#include "tests/support/test_main.h"

using namespace orrery;
using namespace orrery::kernels;
using checkpoint::DType;
using orrery::ThreadPool;

namespace {

constexpr DType kTypes[] = {DType::kF32, DType::kBF16, DType::kF16};

// A weight in its file form, at an address that is not a multiple of the vector width, and the
// values it stands for.
struct Weight {
  std::vector<std::byte> bytes;
  std::vector<float> values;
  Matrix matrix;

  Weight(DType dtype, std::int64_t rows, std::int64_t columns, std::mt19937& random) {
    std::normal_distribution<float> normal(0, 1);
    const auto size = static_cast<std::size_t>(matrixRowBytes(dtype, columns));
    const std::size_t element = size / static_cast<std::size_t>(columns);
    bytes.resize(size * static_cast<std::size_t>(rows) + element);
    values.resize(static_cast<std::size_t>(rows * columns));
    for (std::size_t i = 0; i < values.size(); ++i) {
      values[i] = normal(random);
      std::uint16_t half = floatToBf16(values[i]);
      if (dtype == DType::kBF16) values[i] = bf16ToFloat(half);
      if (dtype == DType::kF16) {
        half = static_cast<std::uint16_t>(random() & 0xBFFFU);  // below 2, denormals too
        values[i] = f16ToFloat(half);
      }
      std::memcpy(bytes.data() + (i + 1) * element,
                  dtype == DType::kF32 ? static_cast<const void*>(&values[i]) : &half, element);
    }
    matrix = {dtype, bytes.data() + element, rows, columns};
  }
};

std::vector<float> randomRow(std::size_t n, std::mt19937& random) {
  std::normal_distribution<float> normal(0, 1);
  std::vector<float> x(n);
  for (auto& v : x) v = normal(random);
  return x;
}

}  // namespace

class FloatMatvecTest : public QObject {
  Q_OBJECT

 private slots:
  void cleanup() {
    useIsa(availableIsas().back());
    ThreadPool::shared().setThreads(2);
  }
  void everyInstructionSetEqualsTheSumInDoubles() {
    std::mt19937 random(1);
    for (const Isa isa : availableIsas()) {
      useIsa(isa);
      for (const DType dtype : kTypes)
        for (const int columns : {1, 2, 7, 8, 9, 15, 16, 17, 31, 33, 64, 65, 576})
          for (const int rows : {1, 2, 3, 5, 8}) checkAgainstDoubles(dtype, rows, columns, random);
    }
  }
  void rowsAndThreadsDoNotChangeABit() {
    std::mt19937 random(2);
    for (const Isa isa : availableIsas()) {
      useIsa(isa);
      for (const DType dtype : kTypes) {
        const Weight w(dtype, 203, 83, random);
        const auto x = randomRow(8 * 83, random);
        std::vector<float> together(8 * 203), alone(203);
        ThreadPool::shared().setThreads(3);
        matvec({x.data(), 8, 83}, {w.matrix, nullptr, together.data()});
        ThreadPool::shared().setThreads(1);
        for (std::size_t r = 0; r < 8; ++r) {
          matvec({x.data() + r * 83, 1, 83}, {w.matrix, nullptr, alone.data()});
          QCOMPARE(std::memcmp(alone.data(), together.data() + r * 203, 203 * 4), 0);
        }
      }
    }
  }
  void severalWeightsInOneCallEqualSingleCalls() {
    std::mt19937 random(3);
    const Weight a(DType::kBF16, 37, 48, random), b(DType::kF32, 5, 48, random);
    const auto x = randomRow(48, random), bias = randomRow(37, random);
    std::vector<float> many(42), one(42);
    std::vector<MatvecJob> jobs;
    for (int i = 0; i < 20; ++i) {  // more than one region takes
      jobs.push_back({a.matrix, bias.data(), many.data()});
      jobs.push_back({b.matrix, nullptr, many.data() + 37});
    }
    matvecMany({x.data(), 1, 48}, jobs);
    matvec({x.data(), 1, 48}, {a.matrix, bias.data(), one.data()});
    matvec({x.data(), 1, 48}, {b.matrix, nullptr, one.data() + 37});
    QCOMPARE(many, one);
  }
  void nanAndInfinityReachOnlyTheirOutputs() {
    constexpr float kInf = std::numeric_limits<float>::infinity();
    for (const Isa isa : availableIsas()) {
      useIsa(isa);
      for (int at = 0; at < 19; ++at) {
        std::vector<float> w(3 * 19, 1.0F), x(19, 1.0F), y(3);
        w[static_cast<std::size_t>(at)] = std::nanf("");
        w[static_cast<std::size_t>(19 + at)] = -kInf;
        matvec({x.data(), 1, 19}, {{DType::kF32, w.data(), 3, 19}, nullptr, y.data()});
        QVERIFY(std::isnan(y[0]));
        QCOMPARE(y[1], -kInf);
        QCOMPARE(y[2], 19.0F);
      }
    }
  }
  void wrongUseIsAnError() {
    std::vector<float> w(16), x(16), y(16);
    QVERIFY_THROWS_EXCEPTION(
        Error, matvec({x.data(), 1, 4}, {{DType::kF32, w.data(), 2, 8}, nullptr, y.data()}));
    QVERIFY_THROWS_EXCEPTION(
        Error, matvec({x.data(), 1, 8}, {{DType::kI64, w.data(), 1, 8}, nullptr, y.data()}));
    QVERIFY_THROWS_EXCEPTION(
        Error, matvec({x.data(), 1, 8}, {{DType::kF32, nullptr, 1, 8}, nullptr, y.data()}));
  }

 private:
  static void checkAgainstDoubles(DType dtype, int rows, int columns, std::mt19937& random) {
    constexpr int kOutputs = 11;
    const Weight w(dtype, kOutputs, columns, random);
    const auto x = randomRow(static_cast<std::size_t>(rows * columns), random);
    const auto bias = randomRow(kOutputs, random);
    std::vector<float> y(static_cast<std::size_t>(rows * kOutputs));
    matvec({x.data(), rows, columns}, {w.matrix, bias.data(), y.data()});
    for (int r = 0; r < rows; ++r) {
      for (int o = 0; o < kOutputs; ++o) {
        double sum = bias[static_cast<std::size_t>(o)], size = std::abs(sum);
        for (int c = 0; c < columns; ++c) {
          const double term = double(w.values[static_cast<std::size_t>(o * columns + c)]) *
                              double(x[static_cast<std::size_t>(r * columns + c)]);
          sum += term;
          size += std::abs(term);
        }
        const double bound = size * (columns / 8 + 8) * std::numeric_limits<float>::epsilon();
        const double error = std::abs(y[static_cast<std::size_t>(r * kOutputs + o)] - sum);
        if (error > bound)
          QFAIL(qPrintable(QString("%1, type %2, %3 columns: off by %4, allowed %5")
                               .arg(isaName(activeIsa()).data())
                               .arg(int(dtype))
                               .arg(columns)
                               .arg(error)
                               .arg(bound)));
      }
    }
  }
};

ORRERY_TEST(FloatMatvecTest)
#include "float_matvec_test.moc"
