// What a single token takes (kernels on weights and caches where they lie) equals what many take.

#include <ATen/ATen.h>

#include <cmath>

#include "core/nn/attention.h"
#include "core/nn/cache.h"
#include "core/nn/linear.h"
#include "core/nn/norm.h"
#include "tests/support/test_main.h"

using namespace orrery;
using namespace orrery::nn;

namespace {

class OneTensor : public checkpoint::WeightSource {
 public:
  explicit OneTensor(const at::Tensor& values) : view_(viewOf(values, checkpoint::DType::kF32)) {}
  std::optional<checkpoint::TensorView> find(std::string_view) const override { return view_; }
  std::vector<std::string> names() const override { return {"weight"}; }
  std::string description() const override { return "a test"; }

 private:
  checkpoint::TensorView view_;
};

double difference(const at::Tensor& a, const at::Tensor& b) {
  return a.sizes() == b.sizes() ? (a - b).abs().max().item<double>() : 1e9;
}

}  // namespace

class DecodingPathsTest : public QObject {
  Q_OBJECT

 private slots:
  void init() { at::manual_seed(1); }

  void tokenByTokenAttentionEqualsTheWholeSequence_data() {
    QTest::addColumn<int>("window");
    QTest::addColumn<double>("softcap");
    QTest::addColumn<bool>("sinks");
    QTest::newRow("plain") << 0 << 0.0 << false;
    QTest::newRow("window") << 20 << 0.0 << false;
    QTest::newRow("soft cap") << 0 << 3.0 << false;
    QTest::newRow("sinks and window") << 9 << 0.0 << true;
  }
  void tokenByTokenAttentionEqualsTheWholeSequence() {
    QFETCH(int, window);
    QFETCH(double, softcap);
    QFETCH(bool, sinks);
    constexpr std::int64_t kTokens = 400, kPrompt = 10;  // beyond window, slack and chunks
    const at::Tensor q = at::randn({1, 6, kTokens, 16}), k = at::randn({1, 2, kTokens, 16}),
                     v = at::randn({1, 2, kTokens, 16});
    AttentionOptions options{0.25, softcap, window, sinks ? at::randn({6}) : at::Tensor()};
    const at::Tensor whole = causalAttention(q, k, v, 0, options, {});
    SequenceCache cache;
    cache.layers.emplace_back(CachePolicy{.window = window});
    Step step;
    step.rows = {&cache};
    for (std::int64_t at = 0; at < kTokens;) {
      const std::int64_t count = at == 0 ? kPrompt : 1;
      const at::Tensor part = causalAttention(q.narrow(2, at, count), k.narrow(2, at, count),
                                              v.narrow(2, at, count), 0, options, step);
      QVERIFY(difference(part, whole.narrow(1, at, count)) < 1e-5);
      at += count;
    }
  }
  void fewRowsOfALinearLayerEqualMany_data() {
    QTest::addColumn<int>("precision");
    QTest::addColumn<int>("bits");  // of the significand
    QTest::newRow("float32") << int(Precision::kFloat32) << 24;
    QTest::newRow("bfloat16") << int(Precision::kBFloat16) << 8;
    QTest::newRow("float16") << int(Precision::kFloat16) << 11;
  }
  void fewRowsOfALinearLayerEqualMany() {
    QFETCH(int, precision);
    QFETCH(int, bits);
    constexpr std::int64_t kIn = 24;
    const at::Tensor weight = at::randn({40, kIn}), bias = at::randn({40});
    const Linear layer(viewOf(weight, checkpoint::DType::kF32), bias,
                       static_cast<Precision>(precision));
    const at::Tensor x = at::randn({2, 20, kIn});
    const at::Tensor many = layer(x);
    // The weight is the same for both. Many rows go through a product of that precision, which
    // rounds each activation and each result to it, to a relative error of `unit`; both add up in
    // float32. The weight's own rounding makes the sizes below too small by the same factor.
    const double unit = std::ldexp(1.0, -bits), sum = kIn * std::ldexp(1.0, -24);
    const at::Tensor sizes = at::linear(x.abs(), weight.abs()) * (1 + unit);
    const at::Tensor results = (many - bias).abs() * (1 + unit);
    const at::Tensor allowed = sizes * (unit + 2 * sum) + results * unit + bias.abs() * 2 * sum;
    double closest = 0;  // of the bound that was used up
    for (int i = 0; i < 20; ++i) {
      const at::Tensor few = layer(x.narrow(1, i, 1));
      const at::Tensor used = (few - many.narrow(1, i, 1)).abs() / allowed.narrow(1, i, 1);
      closest = std::max(closest, used.max().item<double>());
    }
    QVERIFY2(closest <= 1, qPrintable(QString("%1 of the bound").arg(closest)));
  }
  void layersTogetherEqualLayersAlone() {
    const Linear a(viewOf(at::randn({8, 12}), checkpoint::DType::kF32), {}, Precision::kAuto);
    const Linear b(viewOf(at::randn({5, 12}), checkpoint::DType::kF32), at::randn({5}),
                   Precision::kBFloat16);
    for (const int rows : {1, 8, 30}) {
      const at::Tensor x = at::randn({rows, 12});
      const auto both = Linear::together({&a, &b}, x);
      QVERIFY(at::equal(both[0], a(x)));
      QVERIFY(at::equal(both[1], b(x)));
    }
  }
  void smallAndLargeRmsNormsAreTheSame() {
    const at::Tensor weight = at::randn({64});
    const RmsNorm norm(Weights(std::make_shared<OneTensor>(weight), Precision::kAuto), 64, 1e-5, 1);
    const at::Tensor x = at::randn({2000, 64});
    const at::Tensor large = norm(x), small = norm(x.narrow(0, 100, 3));
    QVERIFY(difference(small, large.narrow(0, 100, 3)) < 1e-5);
    const at::Tensor turned = norm(x.narrow(0, 0, 64).t());
    QVERIFY(difference(turned, norm(x.narrow(0, 0, 64).t().contiguous())) == 0);
  }
};

ORRERY_TEST(DecodingPathsTest)
#include "decoding_paths_test.moc"
