#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <random>

#include "core/base/error.h"
#include "core/base/thread_pool.h"
#include "core/checkpoint/dequantize.h"
#include "core/kernels/dequantize.h"
#include "core/kernels/isa.h"
#include "core/kernels/matvec.h"
#include "core/kernels/scalar.h"
#include "tests/support/test_main.h"

using namespace orrery;
using namespace orrery::kernels;
using checkpoint::DType;
using orrery::ThreadPool;

namespace {

// Where the half-precision numbers of a block are; the other bytes may be anything.
struct Format {
  DType dtype;
  int columns, bytes;
  std::vector<int> halves;
};

const Format kFormats[] = {
    {DType::kQ8_0, 32, 34, {0}},     {DType::kQ4_0, 32, 18, {0}},
    {DType::kQ4_1, 32, 20, {0, 2}},  {DType::kQ4_K, 256, 144, {0, 2}},
    {DType::kQ6_K, 256, 210, {208}},
};

constexpr int kOutputs = 7;

// Random blocks; exactly as long as the rows, so that a sanitizer sees any byte read beyond.
std::vector<std::byte> randomWeight(const Format& format, int columns, std::mt19937& random) {
  std::vector<std::byte> bytes(
      static_cast<std::size_t>(kOutputs * columns / format.columns * format.bytes));
  for (auto& byte : bytes) byte = static_cast<std::byte>(random());
  for (std::size_t at = 0; at < bytes.size(); at += static_cast<std::size_t>(format.bytes))
    for (const int half : format.halves) {
      const auto bits = static_cast<std::uint16_t>((random() & 0x83FF) | ((random() % 16) << 10));
      std::memcpy(bytes.data() + at + half, &bits, 2);  // denormals to below 2, both signs
    }
  return bytes;
}

std::vector<float> dequantized(DType dtype, const std::vector<std::byte>& bytes, int columns) {
  std::vector<float> values(static_cast<std::size_t>(kOutputs * columns));
  checkpoint::dequantize(dtype, bytes, values);
  return values;
}

std::vector<float> randomRows(int count, std::mt19937& random) {
  std::normal_distribution<float> normal(0, 1);
  std::vector<float> x(static_cast<std::size_t>(count));
  for (auto& v : x) v = normal(random) * (random() % 50 == 0 ? 20.0F : 1.0F);
  return x;
}

// Sum, sum of magnitudes, and how far off it may be if x is rounded to 8 bits in blocks of 32.
struct Expected {
  double sum = 0, size = 0, rounding = 0;
};

Expected expectedDot(const float* w, const float* x, int columns) {
  Expected e;
  for (int c = 0; c < columns; c += 32) {
    float most = 0;
    for (int i = c; i < c + 32; ++i) most = std::max(most, std::abs(x[i]));
    for (int i = c; i < c + 32; ++i) {
      e.sum += double(w[i]) * double(x[i]);
      e.size += std::abs(double(w[i]) * double(x[i]));
      e.rounding += std::abs(double(w[i])) * double(most) / 253.9;
    }
  }
  return e;
}

}  // namespace

class PackedMatvecTest : public QObject {
  Q_OBJECT

 private slots:
  void cleanup() { useIsa(availableIsas().back()); }

  void dequantizedRowsAreTheFormatsOwnValues() {
    std::mt19937 random(1);
    for (const Isa isa : availableIsas()) {
      useIsa(isa);
      for (const Format& format : kFormats)
        for (const int blocks : {1, 2, 3, 33}) {
          const int columns = blocks * format.columns;
          const auto bytes = randomWeight(format, columns, random);
          const auto expected = dequantized(format.dtype, bytes, columns);
          std::vector<float> values(expected.size());
          dequantizeRows({format.dtype, bytes.data(), kOutputs, columns}, values.data());
          QVERIFY2(values == expected, isaName(isa).data());
          std::vector<std::uint16_t> rounded(expected.size());
          dequantizeRowsToBf16({format.dtype, bytes.data(), kOutputs, columns}, rounded.data());
          for (std::size_t i = 0; i < rounded.size(); ++i)
            QCOMPARE(rounded[i], floatToBf16(expected[i]));
        }
    }
  }
  void conversionsKeepSpecialNumbers() {
    constexpr float kInf = std::numeric_limits<float>::infinity();
    std::vector<float> values = {0.0F,    -0.0F,         kInf,        -kInf,       1e-40F,
                                 -1e-42F, 3.4e38F,       1.00390625F, 1.01171875F, 65504.0F,
                                 -1.0F,   5.9604645e-8F, 1e-38F};
    for (std::size_t count = 1; count < 40; ++count) {
      values.resize(std::max(values.size(), count), static_cast<float>(count) * 0.37F);
      for (const Isa isa : availableIsas()) {
        useIsa(isa);
        std::vector<std::uint16_t> bf16(count);
        std::vector<float> back(count);
        const auto columns = static_cast<std::int64_t>(count);
        dequantizeRowsToBf16({DType::kF32, values.data(), 1, columns}, bf16.data());
        for (std::size_t i = 0; i < count; ++i) QCOMPARE(bf16[i], floatToBf16(values[i]));
        for (const DType dtype : {DType::kBF16, DType::kF16}) {
          dequantizeRows({dtype, bf16.data(), 1, columns}, back.data());
          for (std::size_t i = 0; i < count; ++i) {
            const float one = dtype == DType::kBF16 ? bf16ToFloat(bf16[i]) : f16ToFloat(bf16[i]);
            QVERIFY(std::memcmp(&back[i], &one, 4) == 0 ||
                    (std::isnan(one) && std::isnan(back[i])));
          }
        }
      }
    }
    const float nan = std::nanf("");
    for (const Isa isa : availableIsas()) {
      useIsa(isa);
      std::uint16_t bits = 0;
      dequantizeRowsToBf16({DType::kF32, &nan, 1, 1}, &bits);
      QVERIFY(std::isnan(bf16ToFloat(bits)));
    }
  }
  void productsStayWithinTheRoundingOfTheInput() {
    std::mt19937 random(2);
    for (const Isa isa : availableIsas()) {
      useIsa(isa);
      for (const Format& format : kFormats)
        for (const int blocks : {1, 2, 3, 5, 18})
          for (const int rows : {1, 2, 3, 8}) compare(format, blocks, rows, random);
    }
  }
  void rowsAndThreadsDoNotChangeABit() {
    std::mt19937 random(3);
    for (const Isa isa : availableIsas()) {
      useIsa(isa);
      for (const Format& format : kFormats) {
        const int columns = 3 * format.columns;
        const auto bytes = randomWeight(format, columns, random);
        const auto x = randomRows(8 * columns, random);
        const Matrix weight{format.dtype, bytes.data(), kOutputs, columns};
        std::vector<float> together(8 * kOutputs), alone(kOutputs);
        ThreadPool::shared().setThreads(3);
        matvec({x.data(), 8, columns}, {weight, nullptr, together.data()});
        ThreadPool::shared().setThreads(1);
        for (int r = 0; r < 8; ++r) {
          matvec({x.data() + r * columns, 1, columns}, {weight, nullptr, alone.data()});
          QCOMPARE(std::memcmp(alone.data(), together.data() + r * kOutputs, kOutputs * 4), 0);
        }
      }
    }
  }
  void aRowThatIsNotFiniteGivesNanAndLeavesTheOthers() {
    std::mt19937 random(4);
    for (const Isa isa : availableIsas()) {
      useIsa(isa);
      for (const Format& format : kFormats) {
        const int columns = 256;
        const auto bytes = randomWeight(format, columns, random);
        for (const float bad : {std::nanf(""), std::numeric_limits<float>::infinity()}) {
          auto x = randomRows(2 * columns, random);
          x[100] = bad;
          std::vector<float> y(2 * kOutputs);
          matvec({x.data(), 2, columns},
                 {{format.dtype, bytes.data(), kOutputs, columns}, nullptr, y.data()});
          for (int o = 0; o < kOutputs; ++o) {
            QVERIFY(std::isnan(y[static_cast<std::size_t>(o)]));
            QVERIFY(std::isfinite(y[static_cast<std::size_t>(kOutputs + o)]));
          }
        }
      }
    }
  }
  void zerosGiveTheBias() {
    std::mt19937 random(5);
    const auto bytes = randomWeight(kFormats[2], 64, random);
    const std::vector<float> x(64, 0.0F), bias(kOutputs, 2.5F);
    std::vector<float> y(kOutputs);
    for (const Isa isa : availableIsas()) {
      useIsa(isa);
      matvec({x.data(), 1, 64},
             {{DType::kQ4_1, bytes.data(), kOutputs, 64}, bias.data(), y.data()});
      QCOMPARE(y, bias);
    }
  }
  void columnsThatCutABlockAreAnError() {
    std::vector<std::byte> w(4096);
    std::vector<float> x(300), y(10);
    for (const Format& format : kFormats) {
      const Matrix weight{format.dtype, w.data(), 1, format.columns + 4};
      QVERIFY_THROWS_EXCEPTION(Error,
                               matvec({x.data(), 1, weight.columns}, {weight, nullptr, y.data()}));
      QVERIFY_THROWS_EXCEPTION(Error, dequantizeRows(weight, x.data()));
    }
  }

 private:
  static void compare(const Format& format, int blocks, int rows, std::mt19937& random) {
    const int columns = blocks * format.columns;
    const auto bytes = randomWeight(format, columns, random);
    const auto values = dequantized(format.dtype, bytes, columns);
    const auto x = randomRows(rows * columns, random);
    const Matrix weight{format.dtype, bytes.data(), kOutputs, columns};
    std::vector<float> rounded(static_cast<std::size_t>(rows * kOutputs)), exact(rounded.size());
    matvec({x.data(), rows, columns}, {weight, nullptr, rounded.data()});
    matvec({x.data(), rows, columns}, {weight, nullptr, exact.data()}, {.exact = true});
    for (int r = 0; r < rows; ++r)
      for (int o = 0; o < kOutputs; ++o) {
        const Expected e =
            expectedDot(values.data() + o * columns, x.data() + r * columns, columns);
        const double float32 =
            e.size * (columns / 8 + 8) * std::numeric_limits<float>::epsilon() + 1e-30;
        const auto at = static_cast<std::size_t>(r * kOutputs + o);
        QVERIFY2(std::abs(exact[at] - e.sum) <= float32, isaName(activeIsa()).data());
        // Minimums and products may cancel, so their own float32 roundings count 30-fold.
        QVERIFY2(std::abs(rounded[at] - e.sum) <= e.rounding + 30 * float32,
                 isaName(activeIsa()).data());
      }
  }
};

ORRERY_TEST(PackedMatvecTest)
#include "packed_matvec_test.moc"
