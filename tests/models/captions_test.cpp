// What models write about pictures and sounds, against transformers (generation.json of
// tests/oracle/multimodal_models.py, voice_models.py and whisper_models.py).

// LibTorch before Qt, whose macro `slots` it would stumble over.
#include "tests/models/model_case.h"

#include "core/generation/generate.h"
#include "tests/support/test_main.h"

using namespace orrery;
using test::oracleFolder;

namespace {

/// The first picture or sound of a case.
models::TensorMap firstPicture(const std::filesystem::path& folder) {
  models::TensorMap media = test::readTensors(folder / "inputs.safetensors");
  std::erase_if(media, [](const auto& item) {
    return item.first != "pixel_values" && item.first != "interpolate_pos_encoding" &&
           item.first != "input_features" && item.first != "input_values";
  });
  for (const char* name : {"pixel_values", "input_features", "input_values"})
    if (const auto found = media.find(name); found != media.end())
      found->second = found->second.narrow(0, 0, 1);
  return media;
}

}  // namespace

class CaptionsTest : public QObject {
  Q_OBJECT

 private slots:
  void idsEqualTheReferences_data() {
    QTest::addColumn<QString>("folder");
    for (const auto& entry : std::filesystem::directory_iterator(oracleFolder()))
      if (exists(entry.path() / "generation.json"))
        QTest::newRow(entry.path().filename().c_str())
            << QString::fromStdString(entry.path().string());
  }
  void idsEqualTheReferences() {
    QFETCH(QString, folder);
    const std::filesystem::path path = folder.toStdString();
    const auto model =
        models::loadModel(checkpoint::openCheckpoint(path), {}, nn::Precision::kFloat32);
    const auto sessions = model->sessionFactoryFor(firstPicture(path));
    for (const Json& item : readJsonFile(path / "generation.json")) {
      generation::GenerationConfig config;
      config.merge(item.at("config"), "generation.json");
      generation::GenerationInput input;
      item.at("prompt").get_to(input.promptIds);
      item.at("encoder").get_to(input.encoderIds);
      Json found = Json::array();
      for (const auto& sequence : generation::generate(*sessions, input, config).sequences)
        found.push_back(sequence.ids);
      QCOMPARE(item.dump() + found.dump(), item.dump() + item.at("sequences").dump());
    }
  }
  void whatWritesNothingSaysSo() {
    const auto model = models::loadModel(checkpoint::openCheckpoint(oracleFolder() / "CLIPModel"));
    QVERIFY_EXCEPTION_THROWN(model->sessionFactoryFor({}), Error);
  }
  void questionsNeedTheirText() {
    const auto path = oracleFolder() / "BlipForQuestionAnswering";
    const auto model = models::loadModel(checkpoint::openCheckpoint(path));
    QVERIFY_EXCEPTION_THROWN(model->sessionFactoryFor(firstPicture(path))->newSession({}), Error);
  }
  void decodersThatCannotLookAreNamed() {
    auto checkpoint =
        checkpoint::openCheckpoint(oracleFolder() / "VisionEncoderDecoderModel-swin-gpt2");
    checkpoint.config["decoder"]["model_type"] = "gpt_neox";
    try {
      models::loadModel(checkpoint);
      QFAIL("no error");
    } catch (const Error& error) {
      QVERIFY(QString(error.what())
                  .contains("decoder.model_type: \"gpt_neox\" is not supported "
                            "beside an encoder; expected one of bert, electra"));
    }
  }
};

ORRERY_TEST(CaptionsTest)
#include "captions_test.moc"
