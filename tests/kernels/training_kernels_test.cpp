// Kernels of training: attention with its gradient against plain sums in double precision, and
// dropout that drops the same places in every instruction set.
#include <cmath>

#include "core/kernels/dropout.h"
#include "core/kernels/isa.h"
#include "core/kernels/short_attention.h"
#include "tests/kernels/random_values.h"
#include "tests/support/test_main.h"

using namespace orrery;
using namespace orrery::kernels;

namespace {

using Values = std::vector<double>;

/// qkv [time, 3, heads, dim] of one sequence.
struct Shape {
  std::int64_t batches, heads, time, dim;
  std::size_t width() const { return static_cast<std::size_t>(heads * dim); }
  std::size_t rows() const { return static_cast<std::size_t>(batches * time); }
};

/// Attention of double precision; `loss` is the sum of its results times `above`.
double lossOf(const Shape& s, const Values& qkv, const std::vector<float>& above, Values* out) {
  const auto at = [&](std::int64_t b, std::int64_t t, std::int64_t part, std::int64_t h,
                      std::int64_t d) {
    return qkv[static_cast<std::size_t>((((b * s.time + t) * 3 + part) * s.heads + h) * s.dim + d)];
  };
  double loss = 0;
  for (std::int64_t b = 0; b < s.batches; ++b)
    for (std::int64_t h = 0; h < s.heads; ++h)
      for (std::int64_t t = 0; t < s.time; ++t) {
        Values share(static_cast<std::size_t>(s.time));
        double sum = 0;
        for (std::int64_t k = 0; k < s.time; ++k) {
          double score = 0;
          for (std::int64_t d = 0; d < s.dim; ++d) score += at(b, t, 0, h, d) * at(b, k, 1, h, d);
          sum += share[static_cast<std::size_t>(k)] = std::exp(0.5 * score);
        }
        for (std::int64_t d = 0; d < s.dim; ++d) {
          double value = 0;
          for (std::int64_t k = 0; k < s.time; ++k)
            value += share[static_cast<std::size_t>(k)] / sum * at(b, k, 2, h, d);
          const auto place = static_cast<std::size_t>(((b * s.time + t) * s.heads + h) * s.dim + d);
          if (out) (*out)[place] = value;
          loss += value * static_cast<double>(above[place]);
        }
      }
  return loss;
}

}  // namespace

class TrainingKernelsTest : public QObject {
  Q_OBJECT

 private slots:
  void cleanup() { useIsa(availableIsas().back()); }

  void attentionAndItsGradient() {
    std::mt19937 random(4);
    for (const Shape s :
         {Shape{2, 2, 5, 3}, Shape{1, 3, 16, 8}, Shape{1, 1, 41, 4}, Shape{1, 2, 33, 17}}) {
      const auto qkv = randomValues(s.rows() * 3 * s.width(), random);
      const auto above = randomValues(s.rows() * s.width(), random);
      Values exact(qkv.begin(), qkv.end()), expected(above.size());
      lossOf(s, exact, above, &expected);
      for (const Isa isa : availableIsas()) {
        useIsa(isa);
        std::vector<float> out(above.size()), gradient(qkv.size());
        std::vector<float> shares(s.rows() * static_cast<std::size_t>(2 * s.heads));
        const ShortAttention attention{qkv.data(), out.data(), shares.data(), s.batches,
                                       s.heads,    s.time,     s.dim,         0.5F};
        shortAttention(attention);
        for (std::size_t i = 0; i < out.size(); ++i)
          QVERIFY(std::abs(static_cast<double>(out[i]) - expected[i]) < 2e-6);
        shortAttentionGradient({attention, above.data(), gradient.data()});
        for (std::size_t i = 0; i < gradient.size(); i += 7) {
          constexpr double kStep = 1e-5;
          Values moved = exact;
          moved[i] += kStep;
          const double more = lossOf(s, moved, above, nullptr);
          moved[i] -= 2 * kStep;
          const double slope = (more - lossOf(s, moved, above, nullptr)) / (2 * kStep);
          QVERIFY(std::abs(static_cast<double>(gradient[i]) - slope) < 2e-5);
        }
      }
    }
  }

  void dropoutIsTheSameEverywhere() {
    std::mt19937 random(4);
    const auto x = randomValues(40'003, random);
    const Dropout dropped{0x1234'5678'9ABC'DEF0u, 0x4000'0000u, 4.0F / 3};
    std::vector<float> first;
    for (const Isa isa : availableIsas()) {
      useIsa(isa);
      std::vector<float> y(x.size());
      dropout(dropped, x.data(), static_cast<std::int64_t>(x.size()), y.data());
      if (first.empty()) first = y;
      QVERIFY(y == first);
    }
    const auto zeros = std::count(first.begin(), first.end(), 0.0F);
    QVERIFY(std::abs(static_cast<double>(zeros) / 40'003 - 0.25) < 0.01);
    for (std::size_t i = 0; i < x.size(); ++i)
      QVERIFY(first[i] == 0.0F || first[i] == x[i] * dropped.scale);
  }

  void otherSeedsDropOtherPlaces() {
    const std::vector<float> ones(20'000, 1.0F);
    std::vector<float> a(ones.size()), b(ones.size());
    dropout({1, 0x8000'0000u, 1}, ones.data(), 20'000, a.data());
    dropout({2, 0x8000'0000u, 1}, ones.data(), 20'000, b.data());
    int same = 0;
    for (std::size_t i = 0; i < a.size(); ++i) same += a[i] == b[i];
    QVERIFY(std::abs(same - 10'000) < 400);
  }
};

ORRERY_TEST(TrainingKernelsTest)
#include "training_kernels_test.moc"
