#include "core/kernels/norm.h"

#include <cmath>
#include <random>

#include "core/kernels/isa.h"
#include "tests/kernels/random_values.h"
#include "tests/support/test_main.h"

using namespace orrery::kernels;

class NormKernelsTest : public QObject {
  Q_OBJECT

 private slots:
  void cleanup() { useIsa(availableIsas().back()); }

  void rmsNormEqualsTheFormulaInDoubles() {
    std::mt19937 random(3);
    for (const Isa isa : availableIsas()) {
      useIsa(isa);
      for (const std::int64_t n : {1, 7, 16, 17, 64, 576}) {
        const auto x = randomValues(3 * n, random), weight = randomValues(n, random);
        std::vector<float> y(x.size());
        rmsNorm(x.data(), weight.data(), 1e-5, 3, n, y.data());
        for (std::int64_t r = 0; r < 3; ++r) {
          double squares = 0;
          for (std::int64_t i = 0; i < n; ++i)
            squares += std::pow(double(x[std::size_t(r * n + i)]), 2);
          const double scale = 1 / std::sqrt(squares / double(n) + 1e-5);
          for (std::int64_t i = 0; i < n; ++i) {
            const double right =
                double(x[std::size_t(r * n + i)]) * scale * double(weight[std::size_t(i)]);
            QVERIFY(std::abs(y[std::size_t(r * n + i)] - right) <= 1e-6 * std::abs(right) + 1e-30);
          }
        }
      }
    }
  }

  void layerNormEqualsTheFormulaInDoubles() {
    std::mt19937 random(4);
    for (const Isa isa : availableIsas()) {
      useIsa(isa);
      for (const std::int64_t n : {1, 7, 16, 31, 33, 64, 768}) {
        auto x = randomValues(3 * n, random);
        for (float& value : x) value += 100;  // a mean that is large beside the differences
        const auto weight = randomValues(n, random), bias = randomValues(n, random);
        std::vector<float> y(x.size()), plain(x.size());
        layerNorm(x.data(), {weight.data(), bias.data(), 1e-5, n}, 3, y.data());
        layerNorm(x.data(), {nullptr, nullptr, 1e-5, n}, 3, plain.data());
        for (std::int64_t r = 0; r < 3; ++r)
          compareRow(&x[r * n], weight, bias, &y[r * n], &plain[r * n]);
      }
    }
  }

 private:
  static void compareRow(const float* x, const std::vector<float>& weight,
                         const std::vector<float>& bias, const float* y, const float* plain) {
    const auto n = weight.size();
    double mean = 0, variance = 0;
    for (std::size_t i = 0; i < n; ++i) mean += double(x[i]) / double(n);
    for (std::size_t i = 0; i < n; ++i) variance += std::pow(double(x[i]) - mean, 2) / double(n);
    for (std::size_t i = 0; i < n; ++i) {
      const double normal = (double(x[i]) - mean) / std::sqrt(variance + 1e-5);
      const double right = normal * double(weight[i]) + double(bias[i]);
      // A mean of 100 is known to some 1e-5 of the spread.
      QVERIFY2(std::abs(plain[i] - normal) < 3e-5, qPrintable(QString::number(plain[i] - normal)));
      QVERIFY(std::abs(y[i] - right) < 3e-5 * (1 + std::abs(double(weight[i]))));
    }
  }
};

ORRERY_TEST(NormKernelsTest)
#include "norm_test.moc"
