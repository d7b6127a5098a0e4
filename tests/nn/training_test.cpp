// Layers over nn::Parameters: what is kept, how it begins, and that gradients reach it.
#include <ATen/CPUGeneratorImpl.h>

#include "core/base/error.h"
#include "core/nn/activation.h"
#include "core/nn/attention.h"
#include "core/nn/convolution.h"
#include "core/nn/linear.h"
#include "core/nn/norm.h"
#include "tests/support/test_main.h"

using namespace orrery;
using namespace orrery::nn;

namespace {

/// A checkpoint without a tensor.
class Nothing : public checkpoint::WeightSource {
 public:
  std::optional<checkpoint::TensorView> find(std::string_view) const override { return {}; }
  std::vector<std::string> names() const override { return {}; }
  std::string description() const override { return "nothing"; }
};

std::shared_ptr<Parameters> freshParameters() {
  return std::make_shared<Parameters>(0.02, at::detail::createCPUGenerator(7));
}

Weights over(const std::shared_ptr<Parameters>& parameters) {
  return {std::make_shared<Nothing>(), parameters};
}

/// The largest difference between the gradient of `loss` for `value` and differences of `loss`,
/// relative to the largest gradient.
double gradientError(const at::Tensor& value, const std::function<at::Tensor()>& loss) {
  value.mutable_grad() = at::Tensor();
  loss().backward();
  const at::Tensor gradient = value.grad().clone();
  constexpr float kStep = 2e-3f;
  at::Tensor flat = value.detach().view(-1);  // the same memory, free to be changed
  double worst = 0;
  for (std::int64_t i = 0; i < flat.numel(); ++i) {
    float& number = flat.data_ptr<float>()[i];
    const float kept = number;
    number = kept + kStep;
    const double above = loss().item<double>();
    number = kept - kStep;
    const double below = loss().item<double>();
    number = kept;
    const double found = gradient.reshape(-1)[i].item<double>();
    worst = std::max(worst, std::abs((above - below) / (2 * kStep) - found));
  }
  return worst / std::max(1.0, gradient.abs().max().item<double>());
}

}  // namespace

class TrainingTest : public QObject {
  Q_OBJECT

 private slots:
  void init() { at::manual_seed(3); }

  void parametersAreKeptByNameInOrder() {
    const auto parameters = freshParameters();
    const Linear layer(over(parameters) / "layers" / 0, 4, 3);
    const SequenceBatchNorm norm(over(parameters) / "norm", 3, 1e-5);
    std::vector<std::string> names, buffers;
    for (const auto& entry : parameters->trained()) names.push_back(entry.name);
    for (const auto& entry : parameters->buffers()) buffers.push_back(entry.name);
    QCOMPARE(names, (std::vector<std::string>{"layers.0.bias", "layers.0.weight", "norm.weight",
                                              "norm.bias"}));
    QCOMPARE(buffers, (std::vector<std::string>{"norm.running_mean", "norm.running_var",
                                                "norm.num_batches_tracked"}));
    QCOMPARE(parameters->trained()[0].value.abs().max().item<float>(), 0.f);
    QVERIFY(parameters->trained()[1].value.std().item<float>() > 0.005f);
    QCOMPARE(parameters->trained()[2].value.min().item<float>(), 1.f);
  }

  void oneNameIsOneTensor() {
    const auto parameters = freshParameters();
    const at::Tensor first = over(parameters).tensor("shared", {2, 2});
    QVERIFY(over(parameters).tensor("shared", {2, 2}).is_same(first));
    QCOMPARE(parameters->trained().size(), std::size_t{1});
  }

  void gradientsReachEveryPart() {
    const auto parameters = freshParameters();
    const Weights w = over(parameters);
    const Embedding embedding(w / "embedding", 5, 4);
    const Linear up(w / "up", 4, 8), gate(w / "gate", 4, 8), down(w / "down", 8, 4);
    const RmsNorm rms(w / "rms", 4, 1e-6, 1);
    const LayerNorm norm(w / "norm", 4, 1e-5);
    {
      // Normal numbers of 0.02 make gradients too small to be told from rounding.
      const at::NoGradGuard plain;
      for (const auto& entry : parameters->trained()) entry.value.add_(at::randn_like(entry.value));
    }
    const at::Tensor ids = at::tensor({1, 4, 0, 2, 2, 1, 3, 4, 0, 1}, at::kLong).view({2, 5});
    const at::Tensor target = at::randn({2, 5, 4});
    const auto loss = [&] {
      at::Tensor x = embedding(ids);
      const auto both = Linear::together({&gate, &up}, rms(x));
      x = addBranch(x, down(gated(activation("silu"), both[0], both[1])), 0.5);
      const at::Tensor heads = norm(x).view({2, 5, 2, 2}).transpose(1, 2);
      return at::mse_loss(
          x + 0.3 * attend(heads, heads, heads, {}, {.scale = 0.7, .rounded = true}), target);
    };
    for (const auto& entry : parameters->trained()) {
      const double error = gradientError(entry.value, loss);
      QVERIFY2(error < 2e-2, (entry.name + ": " + std::to_string(error)).c_str());
    }
  }

  void convolutionFollowsItsWeight() {
    const auto parameters = freshParameters();
    const Conv2d layer(over(parameters) / "conv", 2, 3, ConvolutionOptions::same(3));
    const at::Tensor x = at::randn({1, 2, 4, 4});
    const auto loss = [&] { return layer(x).square().mean(); };
    for (const auto& entry : parameters->trained())
      QVERIFY(gradientError(entry.value, loss) < 2e-3);
  }

  void aStepInPlaceIsSeenByInference() {
    const auto parameters = freshParameters();
    const Linear layer(over(parameters), 4, 3);
    const at::NoGradGuard plain;
    const at::Tensor x = at::randn({2, 4});
    for (const auto& entry : parameters->trained()) entry.value.fill_(2);
    QVERIFY(at::allclose(layer(x), x.sum(-1, true).expand({2, 3}) * 2 + 2, 1e-5, 1e-5));
  }

  void batchNormFollowsTheBatchInTrainingOnly() {
    const auto parameters = freshParameters();
    const SequenceBatchNorm norm(over(parameters), 3, 1e-5);
    const at::Tensor x = at::randn({4, 5, 3}) * 3 + 1;
    QVERIFY(at::allclose(norm(x), x, 1e-4, 1e-4));
    const TrainingPass pass{at::detail::createCPUGenerator(1)};
    const at::Tensor y = norm(x, &pass);
    QVERIFY(y.mean().abs().item<float>() < 1e-5f);
    QCOMPARE(parameters->buffers()[2].value.item<std::int64_t>(), std::int64_t{1});
    const at::Tensor mean = x.reshape({-1, 3}).mean(0) * 0.1;
    QVERIFY(at::allclose(parameters->buffers()[0].value, mean, 1e-5, 1e-6));
  }

  void dropoutKeepsTheExpectation() {
    const TrainingPass pass{at::detail::createCPUGenerator(1)};
    const at::Tensor x = at::ones({100, 100});
    const at::Tensor y = dropout(x, 0.3, &pass);
    QVERIFY(std::abs(y.mean().item<double>() - 1) < 0.03);
    QVERIFY(std::abs(y.eq(0).to(at::kFloat).mean().item<double>() - 0.3) < 0.02);
    QVERIFY(dropout(x, 0.3, nullptr).is_same(x));
  }

  void whatReadsWeightsWhereTheyLieIsRefused() {
    const Weights w = over(freshParameters());
    QVERIFY_EXCEPTION_THROWN(w.view("packed", {2, 2}), Error);
    QVERIFY_EXCEPTION_THROWN(BatchNorm2d(w / "norm", 3), Error);
  }
};

ORRERY_TEST(TrainingTest)
#include "training_test.moc"
