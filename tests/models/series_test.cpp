// LibTorch before Qt, whose macro `slots` it would stumble over.
#include <ATen/CPUGeneratorImpl.h>

#include "core/base/thread_pool.h"
#include "core/models/timeseries/distributions.h"
#include "core/models/timeseries/trajectories.h"
#include "tests/models/model_case.h"
#include "tests/support/test_main.h"

using namespace orrery;
using models::TensorMap;
using test::oracleFolder;
using test::readTensors;
namespace timeseries = models::timeseries;

namespace {

constexpr std::uint64_t kSeed = 5;  // of tests/oracle/series_models.py

double difference(const at::Tensor& got, const at::Tensor& expected) {
  return (got - expected).abs().max().item<double>() /
         std::max(1.0, expected.abs().max().item<double>());
}

std::unique_ptr<models::Model> load(const std::filesystem::path& folder) {
  return models::loadModel(checkpoint::openCheckpoint(folder), {}, nn::Precision::kFloat32);
}

}  // namespace

class SeriesTest : public QObject {
  Q_OBJECT

 private slots:
  void drawsWhatTheReferenceDraws_data() { cases(); }
  void drawsWhatTheReferenceDraws() {
    QFETCH(QString, folder);
    const std::filesystem::path path = folder.toStdString();
    const auto model = load(path);
    const auto* sampler = dynamic_cast<const timeseries::TrajectorySampler*>(model.get());
    QVERIFY(sampler);
    const auto expected = readTensors(path / "trajectories.safetensors").at("sequences");
    const int before = ThreadPool::shared().threads();
    for (const int threads : {1, 3}) {  // three of them cut through a series
      ThreadPool::shared().setThreads(threads);
      const auto drawn =
          sampler->sample(readTensors(path / "inputs.safetensors"), sampler->usualCount(),
                          at::make_generator<at::CPUGeneratorImpl>(kSeed));
      QCOMPARE(drawn.sizes().vec(), expected.sizes().vec());
      const double found = difference(drawn, expected);
      QVERIFY2(found < 1e-4, qPrintable(QString::number(found)));
    }
    ThreadPool::shared().setThreads(before);
  }
  void likelihoodsAndMeansEqualTheReference_data() { cases(); }
  void likelihoodsAndMeansEqualTheReference() {
    QFETCH(QString, folder);
    const std::filesystem::path path = folder.toStdString();
    const auto expected = readTensors(path / "trajectories.safetensors");
    std::vector<at::Tensor> parameters;
    for (int i = 0; expected.contains(fmt::format("params.{}", i)); ++i)
      parameters.push_back(expected.at(fmt::format("params.{}", i)));
    const auto kind = timeseries::distributionKind(
        checkpoint::openCheckpoint(path).config["distribution_output"].get<std::string>());
    const timeseries::Distribution distribution(kind, parameters, models::inputIf(expected, "loc"),
                                                models::inputIf(expected, "scale"),
                                                parameters[0].dim() == 3);
    const auto values = readTensors(path / "inputs.safetensors").at("future_values");
    QVERIFY(difference(distribution.logProb(values), expected.at("log_prob")) < 1e-5);
    QVERIFY(difference(distribution.mean(), expected.at("mean")) < 1e-5);
  }
  void whatIsNoCountHasNoLikelihood() {
    const at::Tensor one = at::ones({1});
    const timeseries::Distribution counts(timeseries::DistributionKind::kNegativeBinomial,
                                          {one, one}, {}, {});
    QVERIFY_EXCEPTION_THROWN(counts.logProb(0.5 * one), Error);
  }
  void inputThatDoesNotFitIsNamed() {
    const std::filesystem::path path = oracleFolder() / "TimeSeriesTransformerForPrediction";
    const auto model = load(path);
    const auto refuses = [&](const char* name, const at::Tensor& value, const char* expected) {
      TensorMap inputs = readTensors(path / "inputs.safetensors");
      inputs[name] = value;
      try {
        model->forward(inputs);
        QFAIL("no error");
      } catch (const Error& error) {
        QVERIFY2(QString(error.what()).contains(expected), error.what());
      }
    };
    refuses("past_values", at::zeros({2, 28}), "\"past_values\": expected [batch, 29 or more");
    refuses("past_time_features", at::zeros({2, 29, 3}), "expected [2, 29, 2], found [2, 29, 3]");
    refuses("future_values", at::zeros({2, 7}), "expected [2, 8], found [2, 7]");
  }

 private:
  static void cases() {
    QTest::addColumn<QString>("folder");
    for (const auto& entry : std::filesystem::directory_iterator(oracleFolder()))
      if (std::filesystem::exists(entry.path() / "trajectories.safetensors"))
        QTest::newRow(entry.path().filename().c_str())
            << QString::fromStdString(entry.path().string());
  }
};

ORRERY_TEST(SeriesTest)
#include "series_test.moc"
