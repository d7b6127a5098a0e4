// What a single token takes (kernels on weights and caches where they lie) equals what many take.

#include <ATen/ATen.h>

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
    QTest::addColumn<double>("allowed");
    QTest::newRow("float32") << int(Precision::kFloat32) << 1e-5;
    QTest::newRow("bfloat16") << int(Precision::kBFloat16) << 0.1;
    QTest::newRow("float16") << int(Precision::kFloat16) << 0.01;
  }
  void fewRowsOfALinearLayerEqualMany() {
    QFETCH(int, precision);
    QFETCH(double, allowed);
    const auto view = viewOf(at::randn({40, 24}), checkpoint::DType::kF32);
    const Linear layer(view, at::randn({40}), static_cast<Precision>(precision));
    const at::Tensor x = at::randn({2, 20, 24});
    const at::Tensor many = layer(x);
    for (int i = 0; i < 20; ++i) {
      const at::Tensor few = layer(x.narrow(1, i, 1));
      QVERIFY(difference(few, many.narrow(1, i, 1)) < allowed);
    }
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
