// Convolutions with what follows them in one pass equal LibTorch's single steps.

#include "core/nn/convolution.h"
#include "core/base/error.h"

#include <map>

#include "tests/support/test_main.h"

using namespace orrery;
using namespace orrery::nn;

namespace {

class NamedTensors : public checkpoint::WeightSource {
 public:
  explicit NamedTensors(std::map<std::string, at::Tensor> values) : values_(std::move(values)) {}
  std::optional<checkpoint::TensorView> find(std::string_view name) const override {
    const auto found = values_.find(std::string(name));
    if (found == values_.end()) return std::nullopt;
    return viewOf(found->second, checkpoint::DType::kF32);
  }
  std::vector<std::string> names() const override {
    std::vector<std::string> result;
    for (const auto& [name, value] : values_) result.push_back(name);
    return result;
  }
  std::string description() const override { return "a test"; }
  const at::Tensor& operator[](const char* name) const { return values_.at(name); }

 private:
  std::map<std::string, at::Tensor> values_;
};

constexpr std::int64_t kIn = 8, kOut = 16;

/// A convolution and its norm with random values.
std::shared_ptr<NamedTensors> layer(const ConvolutionOptions& o) {
  return std::make_shared<NamedTensors>(std::map<std::string, at::Tensor>{
      {"weight", at::randn({kOut, kIn / o.groups, o.kernel[0], o.kernel[1]})},
      {"bias", at::randn({kOut})},
      {"norm.weight", at::randn({kOut})},
      {"norm.bias", at::randn({kOut})},
      {"norm.running_mean", at::randn({kOut})},
      {"norm.running_var", at::rand({kOut}) + 0.5},
  });
}

at::Tensor expectedOf(const NamedTensors& t, const at::Tensor& x, const ConvolutionOptions& o) {
  const at::Tensor y = at::conv2d(x, t["weight"], o.bias ? t["bias"] : at::Tensor(), o.stride,
                                  o.padding, o.dilation, o.groups);
  return at::batch_norm(y, t["norm.weight"], t["norm.bias"], t["norm.running_mean"],
                        t["norm.running_var"], false, 0, 1e-5, false);
}

}  // namespace

class ConvolutionTest : public QObject {
  Q_OBJECT

 private slots:
  void init() { at::manual_seed(1); }

  void oneStepEqualsConvolutionNormSumAndActivation_data() {
    QTest::addColumn<QString>("activation");
    for (const char* name : {"linear", "relu", "relu6", "silu", "gelu", "gelu_pytorch_tanh",
                             "sigmoid", "tanh", "leaky_relu"})
      QTest::newRow(name) << name;
  }
  void oneStepEqualsConvolutionNormSumAndActivation() {
    QFETCH(QString, activation);
    const std::string name = activation.toStdString();
    for (const std::int64_t groups : {std::int64_t{1}, kIn}) {
      const auto options = ConvolutionOptions::same(3, 2, groups, groups == 1);
      const auto tensors = layer(options);
      const Weights weights(tensors, Precision::kFloat32);
      const ConvBatchNorm2d step(Conv2d(weights, kIn, kOut, options),
                                 BatchNorm2d(weights / "norm", kOut), name);
      // Sizes in turn: the weights are laid out anew for each.
      for (const std::int64_t size : {9, 40, 9}) {
        const at::Tensor x = at::randn({2, kIn, size, size + 3});
        const at::Tensor plain = expectedOf(*tensors, x, options);
        const at::Tensor residual = at::randn_like(plain);
        QVERIFY(at::allclose(step(x), nn::activation(name)(plain), 1e-5, 1e-5));
        QVERIFY(
            at::allclose(step(x, residual), nn::activation(name)(plain + residual), 1e-5, 1e-5));
      }
    }
  }
  /// A group that hardly varies around a large mean, in the layout that convolutions give.
  void groupNormKeepsTheVarianceOfChannelsInnermost() {
    const auto tensors = std::make_shared<NamedTensors>(
        std::map<std::string, at::Tensor>{{"weight", at::ones({kIn})}, {"bias", at::zeros({kIn})}});
    const GroupNorm norm(Weights(tensors, Precision::kFloat32), 2, kIn);
    const at::Tensor x = 100 + 0.01 * at::randn({1, kIn, 12, 17});
    const at::Tensor exact = at::group_norm(x.to(at::kDouble), 2, {}, {}, 1e-5).to(at::kFloat);
    const at::Tensor got = norm(x.contiguous(at::MemoryFormat::ChannelsLast));
    QVERIFY((got - exact).abs().max().item<double>() < 5e-3);
  }
  void pictureSmallerThanTheKernelIsAnError() {
    const ConvolutionOptions options{.kernel = {5, 5}, .padding = {1, 1}};
    const Weights weights(layer(options), Precision::kFloat32);
    const Conv2d convolution(weights, kIn, kOut, options);
    QCOMPARE(convolution(at::randn({1, kIn, 3, 4})).size(2), 1);
    QVERIFY_EXCEPTION_THROWN(convolution(at::randn({1, kIn, 2, 40})), orrery::Error);
  }
};

ORRERY_TEST(ConvolutionTest)
#include "convolution_test.moc"
