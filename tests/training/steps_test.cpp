// Training steps equal those of torch and transformers from the same checkpoint.
#include <ATen/CPUGeneratorImpl.h>
#include <fmt/format.h>

#include "core/checkpoint/safetensors.h"
#include "core/nn/training_pass.h"
#include "core/nn/weights.h"
#include "core/training/trainer.h"
#include "tests/support/test_main.h"

#include <QDir>
#include <QTemporaryDir>

using namespace orrery;
using namespace orrery::training;

namespace {

namespace fs = std::filesystem;

fs::path oracle() {
  return fs::path(qEnvironmentVariable("ORRERY_ORACLE_DIR").toStdString()) / "training";
}

/// What cases call their columns; the last one is the covariate of those that have one.
const SeriesTable kColumns{.names = {"a", "b", "c"}, .columns = {{}, {}, {}}, .times = {}};

/// The batches of a case one after the other, whatever examples are asked for.
class Batches : public DataSet {
 public:
  explicit Batches(const fs::path& folder)
      : file_(checkpoint::SafetensorsFile::open(folder / "batches.safetensors")) {}

  std::int64_t size() const override {
    std::int64_t count = 0;
    while (file_->find(fmt::format("past_values.{}", count))) ++count;
    return count;
  }
  models::TensorMap batch(std::span<const std::int64_t>) const override { return at(next_++); }
  models::TensorMap at(std::int64_t index) const {
    const std::string suffix = fmt::format(".{}", index);
    models::TensorMap inputs;
    for (const std::string& name : file_->names())
      if (name.ends_with(suffix))
        inputs[name.substr(0, name.size() - suffix.size())] = nn::asTensor(*file_->find(name));
    return inputs;
  }
  void measure(const models::TensorMap&, const models::TensorMap&, Totals&) const override {}
  std::map<std::string, double> figures(const Totals&) const override { return {}; }
  std::map<std::string, double> baseline() const override { return {}; }

 private:
  std::shared_ptr<const checkpoint::SafetensorsFile> file_;
  mutable std::int64_t next_ = 0;
};

class NoData : public DataSet {
 public:
  std::int64_t size() const override { return 0; }
  models::TensorMap batch(std::span<const std::int64_t>) const override { return {}; }
  void measure(const models::TensorMap&, const models::TensorMap&, Totals&) const override {}
  std::map<std::string, double> figures(const Totals&) const override { return {}; }
  std::map<std::string, double> baseline() const override { return {}; }
};

TrainingSettings settingsOf(const fs::path& folder, const QTemporaryDir& out) {
  OrderedJson document = OrderedJson::parse(readJsonFile(folder / "settings.json").dump());
  document["model"] = folder.string();
  document["output_dir"] = out.path().toStdString();
  document["train_file"] = "none";
  document["per_device_train_batch_size"] = 1;
  return TrainingSettings::read(document, "settings.json");
}

double distance(const at::Tensor& found, const checkpoint::TensorView& expected) {
  const at::Tensor wanted = nn::toFloat32(expected);
  const double scale = std::max(1.0, wanted.abs().max().item<double>());
  return (found.detach().to(at::kFloat) - wanted).abs().max().item<double>() / scale;
}

/// 1e-5, or what the reference says that rounding does.
double tolerance(const checkpoint::WeightSource& expected, const std::string& name) {
  return nn::asTensor(*expected.find("tolerance." + name)).item<double>();
}

}  // namespace

class StepsTest : public QObject {
  Q_OBJECT

 private slots:
  void equalTheReference_data() {
    QTest::addColumn<QString>("folder");
    const auto folders = QDir(QString::fromStdString(oracle().string()))
                             .entryList(QDir::Dirs | QDir::NoDotAndDotDot);
    QVERIFY(!folders.isEmpty());
    for (const QString& name : folders) QTest::newRow(qPrintable(name)) << name;
  }

  void equalTheReference() {
    QFETCH(QString, folder);
    const fs::path path = oracle() / folder.toStdString();
    const QTemporaryDir out;
    const auto settings = settingsOf(path, out);
    const auto trainable = makeTrainable(readConfig(settings, kColumns), settings);
    const auto expected = checkpoint::SafetensorsFile::open(path / "expected.safetensors");
    if (settings.accumulation == 1) compareGradients(path, trainable, *expected);
    trainable.restore(*checkpoint::SafetensorsFile::open(path / "model.safetensors"));

    DataSplits data{std::make_unique<Batches>(path), std::make_unique<NoData>(),
                    std::make_unique<NoData>()};
    const auto result = Trainer(settings, trainable, data).run({});
    QCOMPARE(result["global_step"].get<int>(), 6);
    for (const auto& [name, value] : trainable.tensors()) {
      const auto wanted = expected->find("weight." + name);
      QVERIFY2(wanted.has_value(), name.c_str());
      const double error =
          value.scalar_type() == at::kLong
              ? (value.item<double>() == nn::asTensor(*wanted).item<double>() ? 0 : 1)
              : distance(value, *wanted);
      QVERIFY2(error < tolerance(*expected, "weight." + name),
               (name + ": " + std::to_string(error)).c_str());
    }
  }

 private:
  static void compareGradients(const fs::path& path, const Trainable& trainable,
                               const checkpoint::WeightSource& expected) {
    const nn::TrainingPass pass{at::detail::createCPUGenerator(0)};
    trainable.model->trainingForward(Batches(path).at(0), pass).at("loss").backward();
    for (const auto& [name, value] : trainable.parameters->trained()) {
      const auto wanted = expected.find("gradient." + name);
      QCOMPARE(value.grad().defined(), wanted.has_value());
      if (!wanted) continue;
      const double error = distance(value.grad(), *wanted);
      QVERIFY2(error < tolerance(expected, "gradient." + name),
               ("gradient of " + name + ": " + std::to_string(error)).c_str());
      at::Tensor leaf = value;
      leaf.mutable_grad() = at::Tensor();
    }
  }
};

ORRERY_TEST(StepsTest)
#include "steps_test.moc"
