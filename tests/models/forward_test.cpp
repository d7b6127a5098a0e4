// LibTorch before Qt, whose macro `slots` it would stumble over.
#include "core/models/auto_model.h"

#include "core/checkpoint/checkpoint.h"
#include "tests/models/model_case.h"
#include "tests/support/test_main.h"

using namespace orrery;
using test::oracleFolder;
using test::readTensors;

namespace {

constexpr double kTolerance = 1e-4;
/// Where a model looks between the pixels of a map depends on its weights, which are wild here: the
/// last bits of a place are many of what is found there.
constexpr double kSampledTolerance = 1e-3;

/// Largest difference relative to the size of what is expected; padded rows do not count.
double difference(const at::Tensor& got, const at::Tensor& expected, const at::Tensor& mask) {
  at::Tensor distance = (got - expected).abs();
  if (mask.defined() && mask.dim() == 2 && expected.dim() >= 2 &&
      expected.sizes().slice(0, 2) == mask.sizes())
    distance = distance.index({mask.ne(0)});
  return distance.max().item<double>() / std::max(1.0, expected.abs().max().item<double>());
}

}  // namespace

class ForwardTest : public QObject {
  Q_OBJECT

 private slots:
  void equalsTheReference_data() {
    QTest::addColumn<QString>("folder");
    for (const auto& entry : std::filesystem::directory_iterator(oracleFolder()))
      QTest::newRow(entry.path().filename().c_str())
          << QString::fromStdString(entry.path().string());
  }
  void equalsTheReference() {
    QFETCH(QString, folder);
    const std::filesystem::path path = folder.toStdString();
    const auto model =
        models::loadModel(checkpoint::openCheckpoint(path), {}, nn::Precision::kFloat32);
    const auto inputs = readTensors(path / "inputs.safetensors");
    const auto outputs = model->forward(inputs);
    for (const auto& [name, expected] : readTensors(path / "expected.safetensors")) {
      QVERIFY2(outputs.contains(name), name.c_str());
      QCOMPARE(outputs.at(name).sizes().vec(), expected.sizes().vec());
      const double found =
          difference(outputs.at(name), expected, models::inputIf(inputs, "attention_mask"));
      const double most = folder.contains("Deformable") ? kSampledTolerance : kTolerance;
      QVERIFY2(found <= most, qPrintable(QString("%1: %2").arg(name.c_str()).arg(found)));
    }
  }
  void unknownModelTypeIsNamed() {
    auto checkpoint = checkpoint::openCheckpoint(oracleFolder() / "LlamaForCausalLM");
    checkpoint.config["model_type"] = "no_such_type";
    try {
      models::loadModel(checkpoint);
      QFAIL("no error");
    } catch (const Error& error) {
      QVERIFY(QString(error.what()).contains("model_type: \"no_such_type\" is not supported"));
    }
  }
  void wrongShapeNamesTheTensor() {
    auto checkpoint = checkpoint::openCheckpoint(oracleFolder() / "LlamaForCausalLM");
    checkpoint.config["intermediate_size"] = 49;
    try {
      models::loadModel(checkpoint);
      QFAIL("no error");
    } catch (const Error& error) {
      QVERIFY(QString(error.what()).contains("mlp.gate_proj.weight has shape [48, 32]"));
    }
  }
  void sessionGivesTheLogitsOfTheWholePass() {
    const auto model =
        models::loadModel(checkpoint::openCheckpoint(oracleFolder() / "Gemma3ForCausalLM"));
    const std::vector<generation::TokenId> ids{5, 9, 70, 33, 12, 8, 41, 60, 7};
    const auto session = model->sessionFactory()->newSession({});
    session->prefill(0, std::span(ids).first(3), {});
    for (std::size_t i = 3; i < ids.size(); ++i) session->step({&ids[i], 1});
    at::Tensor row = at::empty({1, static_cast<std::int64_t>(ids.size())}, at::kLong);
    std::copy(ids.begin(), ids.end(), row.data_ptr<std::int64_t>());
    const at::Tensor whole = model->forward({{"input_ids", row}}).at("logits")[0][-1];
    const auto logits = session->logits(0);
    for (std::size_t i = 0; i < logits.size(); ++i)
      QVERIFY(std::abs(logits[i] - whole[static_cast<std::int64_t>(i)].item<float>()) < 1e-3);
  }
  void cancelledPromptLeavesTheTokensBeforeIt() {
    const auto model =
        models::loadModel(checkpoint::openCheckpoint(oracleFolder() / "LlamaForCausalLM"));
    const std::vector<generation::TokenId> ids{5, 9, 70, 33, 12, 8};
    const auto factory = model->sessionFactory();
    const auto whole = factory->newSession({}), broken = factory->newSession({});
    whole->prefill(0, ids, {});
    broken->prefill(0, std::span(ids).first(2), {});
    const CancelToken stop;
    stop.cancel();
    QVERIFY_EXCEPTION_THROWN(broken->prefill(0, std::span(ids).subspan(2), stop), Error);
    QCOMPARE(broken->length(0), 2);
    broken->prefill(0, std::span(ids).subspan(2), {});
    for (std::size_t i = 0; i < whole->logits(0).size(); ++i)
      QVERIFY(std::abs(broken->logits(0)[i] - whole->logits(0)[i]) < 1e-4);
  }
  void forkAndRewindLeaveTheOtherSessionAlone() {
    const auto model =
        models::loadModel(checkpoint::openCheckpoint(oracleFolder() / "LlamaForCausalLM"));
    const std::vector<generation::TokenId> ids{5, 9, 70, 33};
    const auto factory = model->sessionFactory();
    const auto session = factory->newSession({});
    session->prefill(0, ids, {});
    const std::vector<float> before(session->logits(0).begin(), session->logits(0).end());
    const auto fork = session->fork();
    const generation::TokenId next = 11;
    fork->step({&next, 1});
    fork->rewind(0, 3);
    fork->step({&ids[3], 1});
    QCOMPARE(std::vector<float>(session->logits(0).begin(), session->logits(0).end()), before);
    for (std::size_t i = 0; i < before.size(); ++i)
      QVERIFY(std::abs(fork->logits(0)[i] - before[i]) < 1e-4);
  }
};

ORRERY_TEST(ForwardTest)
#include "forward_test.moc"
