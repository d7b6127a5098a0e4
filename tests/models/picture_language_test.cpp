// Prompts with pictures, continued in sessions.

// LibTorch before Qt, whose macro `slots` it would stumble over.
#include "tests/models/model_case.h"
#include "tests/support/test_main.h"

using namespace orrery;
using test::oracleFolder;
using test::readTensors;

namespace {

using generation::TokenId;

/// One prompt with its pictures, and what transformers writes after it.
struct PromptCase {
  std::unique_ptr<models::Model> model;
  models::TensorMap inputs;
  std::vector<TokenId> ids, generated;
  at::Tensor logits;  ///< [generated, vocab]
};

std::vector<TokenId> idsOf(const at::Tensor& tensor) {
  const at::Tensor ids = tensor.flatten().to(at::kInt);
  return {ids.data_ptr<TokenId>(), ids.data_ptr<TokenId>() + ids.numel()};
}

PromptCase openCase(const std::filesystem::path& folder) {
  PromptCase result;
  result.model = models::loadModel(checkpoint::openCheckpoint(folder), {}, nn::Precision::kFloat32);
  result.inputs = readTensors(folder / "prompt.safetensors");
  result.logits = result.inputs.extract("logits").mapped();
  result.generated = idsOf(result.inputs.extract("generated").mapped());
  result.ids = idsOf(result.inputs.at("input_ids"));
  return result;
}

double distance(std::span<const float> got, const at::Tensor& expected) {
  double most = 0;
  for (std::size_t i = 0; i < got.size(); ++i)
    most = std::max(most, std::abs(got[i] - expected[static_cast<std::int64_t>(i)].item<double>()));
  return most / std::max(1.0, expected.abs().max().item<double>());
}

/// The message of the Error that `run` ends in; empty if there is none.
template <class Run>
QString errorOf(const Run& run) {
  try {
    run();
    return {};
  } catch (const Error& error) {
    return QString::fromUtf8(error.what());
  }
}

constexpr double kTolerance = 1e-4;

}  // namespace

class PictureLanguageTest : public QObject {
  Q_OBJECT

 private slots:
  void writesWhatTheReferenceWrites_data() {
    QTest::addColumn<QString>("folder");
    for (const auto& entry : std::filesystem::directory_iterator(oracleFolder()))
      if (std::filesystem::exists(entry.path() / "prompt.safetensors"))
        QTest::newRow(entry.path().filename().c_str())
            << QString::fromStdString(entry.path().string());
  }
  void writesWhatTheReferenceWrites() {
    QFETCH(QString, folder);
    const PromptCase c = openCase(folder.toStdString());
    const auto session = c.model->sessionFactoryFor(c.inputs)->newSession({});
    session->prefill(0, c.ids, {});
    for (std::size_t i = 0; i < c.generated.size(); ++i) {
      const auto logits = session->logits(0);
      QVERIFY2(distance(logits, c.logits[static_cast<std::int64_t>(i)]) < kTolerance,
               qPrintable(QString("token %1").arg(i)));
      const auto best = std::max_element(logits.begin(), logits.end());
      QCOMPARE(static_cast<TokenId>(best - logits.begin()), c.generated[i]);
      session->step({&c.generated[i], 1});
    }
  }
  void takenBackTokensAreForgotten_data() { writesWhatTheReferenceWrites_data(); }
  void takenBackTokensAreForgotten() {
    QFETCH(QString, folder);
    const PromptCase c = openCase(folder.toStdString());
    const auto session = c.model->sessionFactoryFor(c.inputs)->newSession({});
    session->prefill(0, c.ids, {});
    session->step({c.generated.data(), 1});
    const TokenId other = 5;
    session->step({&other, 1});
    const auto fork = session->fork();
    fork->rewind(0, static_cast<int>(c.ids.size()));
    fork->step({c.generated.data(), 1});
    QVERIFY(distance(fork->logits(0), c.logits[1]) < kTolerance);
    fork->rewind(0, 0);
    fork->prefill(0, c.ids, {});
    QVERIFY(distance(fork->logits(0), c.logits[0]) < kTolerance);
  }
  void everyFieldIsUnderstood_data() { writesWhatTheReferenceWrites_data(); }
  void everyFieldIsUnderstood() {
    QFETCH(QString, folder);
    const auto checkpoint = checkpoint::openCheckpoint(folder.toStdString());
    const auto report = models::examineConfig(checkpoint.config, "config.json");
    QCOMPARE(QString::fromStdString(report.problem), "");
    QCOMPARE(report.notUnderstood, std::vector<std::string>{});
    QCOMPARE(report.shape.hidden, std::int64_t{32});
  }
  void partsThatStateNothingHaveDefaults() {
    const Json config = {{"model_type", "llava"},
                         {"vision_config", {{"model_type", "clip_vision_model"}}},
                         {"text_config", {{"model_type", "mistral"}}}};
    const auto report = models::examineConfig(config, "config.json");
    QCOMPARE(QString::fromStdString(report.problem), "");
    QCOMPARE(report.shape.layers, std::int64_t{32});
    QCOMPARE(report.shape.kvHeads, std::int64_t{8});
    QCOMPARE(report.shape.windows.front(), std::int64_t{4096});
  }
  void promptsWithPicturesComeWhole() {
    const PromptCase c = openCase(oracleFolder() / "LlavaForConditionalGeneration");
    QVERIFY(c.model->sessionFactory()->newSession({})->takesPromptsInParts());
    QVERIFY(!c.model->sessionFactoryFor(c.inputs)->newSession({})->takesPromptsInParts());
  }
  void promptWithoutPlacesIsReadAsText() {
    const PromptCase c = openCase(oracleFolder() / "LlavaForConditionalGeneration");
    const std::vector<TokenId> ids{5, 9, 70, 33};
    const auto plain = c.model->sessionFactory()->newSession({});
    const auto beside = c.model->sessionFactoryFor(c.inputs)->newSession({});
    plain->prefill(0, ids, {});
    beside->prefill(0, ids, {});
    for (std::size_t i = 0; i < plain->logits(0).size(); ++i)
      QCOMPARE(beside->logits(0)[i], plain->logits(0)[i]);
  }
  void placesThatAreNotAsManyAsFeaturesAreCounted() {
    const PromptCase c = openCase(oracleFolder() / "LlavaForConditionalGeneration");
    auto inputs = c.inputs;
    inputs["input_ids"] = inputs["input_ids"].clone();
    inputs["input_ids"].index_put_(
        {inputs["input_ids"].eq(90).nonzero()[0][0], inputs["input_ids"].eq(90).nonzero()[0][1]},
        7);
    const QString expected =
        "input \"input_ids\": expected 9 image tokens (id 90), one for each feature of the "
        "images, found 8";
    QCOMPARE(errorOf([&] { c.model->forward(inputs); }), expected);
    const auto session = c.model->sessionFactoryFor(c.inputs)->newSession({});
    QCOMPARE(errorOf([&] { session->prefill(0, idsOf(inputs.at("input_ids")), {}); }), expected);
    session->prefill(0, c.ids, {});
    QVERIFY(distance(session->logits(0), c.logits[0]) < kTolerance);
  }
  void gridsOfOtherPatchesAreRefused() {
    const PromptCase c = openCase(oracleFolder() / "Qwen2VLForConditionalGeneration");
    const auto messageOf = [&](std::int64_t frames, std::int64_t rows, std::int64_t columns) {
      auto inputs = c.inputs;
      inputs["image_grid_thw"] = at::tensor({frames, rows, columns}, at::kLong).unsqueeze(0);
      return errorOf([&] { c.model->sessionFactoryFor(inputs); });
    };
    QCOMPARE(messageOf(1, 6, 2), "input \"image_grid_thw\": 12 of 24 patches belong to no image");
    for (const std::int64_t rows : {std::int64_t{8}, std::int64_t{3}, std::int64_t{-2},
                                    std::numeric_limits<std::int64_t>::max()})
      QVERIFY(messageOf(1, rows, 4).contains("multiples of 2 and 24 patches together"));
  }
  void modelsWithoutPicturesSayThatTheyTakeNone() {
    const auto model =
        models::loadModel(checkpoint::openCheckpoint(oracleFolder() / "LlamaForCausalLM"));
    QCOMPARE(errorOf([&] { model->sessionFactoryFor({}); }),
             "this model writes no text about pictures");
  }
  void towersThatAreNotThereAreNamed() {
    auto checkpoint = checkpoint::openCheckpoint(oracleFolder() / "LlavaForConditionalGeneration");
    checkpoint.config["vision_config"]["model_type"] = "pixtral";
    QVERIFY(errorOf([&] { models::loadModel(checkpoint); })
                .endsWith("config.json: vision_config.model_type: \"pixtral\" is not supported "
                          "here; expected clip_vision_model or siglip_vision_model"));
    checkpoint.config["vision_config"]["model_type"] = "clip_vision_model";
    checkpoint.config["text_config"]["model_type"] = "bert";
    QVERIFY(errorOf([&] {
              models::loadModel(checkpoint);
            }).contains("text_config.model_type: \"bert\" is not supported here"));
  }
};

ORRERY_TEST(PictureLanguageTest)
#include "picture_language_test.moc"
