// Recognisers other than Whisper's beyond what cases.json compares: languages and refusals.

#include <QTemporaryDir>

#include "core/base/file.h"
#include "core/pipelines/pipeline.h"
#include "tests/support/test_main.h"

using namespace orrery;

namespace {

constexpr const char* kTask = "automatic-speech-recognition";
namespace fs = std::filesystem;

fs::path oracleFolder() {
  return fs::path(qEnvironmentVariable("ORRERY_ORACLE_DIR").toStdString()) / "pipelines";
}

pipelines::Sound shortSound() {
  return {oracleFolder() / "sounds" / "short.wav"};
}

QString textOf(const pipelines::Pipeline& pipeline, const pipelines::Options& options) {
  return QString::fromStdString(toJson(pipeline.run(shortSound(), options))["text"]);
}

QString errorOf(const fs::path& model, const pipelines::Options& options) {
  try {
    orrery::pipeline(kTask, model, "float32")->run(shortSound(), options);
  } catch (const Error& error) {
    return QString::fromUtf8(error.what());
  }
  return {};
}

/// The model of several languages in a folder of its own, without the adapters.
class Copied {
 public:
  Copied() {
    for (const auto& entry : fs::directory_iterator(oracleFolder() / "mms"))
      if (!entry.path().filename().string().starts_with("adapter."))
        fs::copy(entry.path(), path() / entry.path().filename());
  }
  fs::path path() const { return folder_.path().toStdString(); }
  void take(const char* language, const char* as) const {
    const auto name = [](const char* of) { return fmt::format("adapter.{}.safetensors", of); };
    fs::copy(oracleFolder() / "mms" / name(language), path() / name(as));
  }

 private:
  QTemporaryDir folder_;
};

}  // namespace

class RecogniserKindsTest : public QObject {
  Q_OBJECT

 private slots:
  void languagesFollowEachOther() {
    const auto mms = orrery::pipeline(kTask, oracleFolder() / "mms", "float32");
    const QString own = textOf(*mms, {}), german = textOf(*mms, {{"target_lang", "deu"}});
    QVERIFY(own != german);
    QCOMPARE(textOf(*mms, {}), own);
    QCOMPARE(textOf(*mms, {{"target_lang", "deu"}}), german);
  }
  void refusals_data() {
    QTest::addColumn<QString>("model");
    QTest::addColumn<QString>("options");
    QTest::addColumn<QString>("error");
    QTest::newRow("times of one that writes")
        << "speecht5-asr"
        << R"({"return_timestamps": "word"})"
        << "options.return_timestamps: of models that write, only Whisper tells times";
    QTest::newRow("language of one that writes")
        << "speecht5-asr"
        << R"({"return_language": true})"
        << "options.return_language: of models that write, only Whisper tells the language";
    QTest::newRow("prompt of one that writes")
        << "speech-encoder-decoder"
        << R"({"prompt": "Ask"})"
        << "options.prompt: of models that write, only Whisper takes a prompt";
    QTest::newRow("several transcripts")
        << "speech-encoder-decoder"
        << R"({"num_return_sequences": 2})"
        << "options.num_return_sequences: a recording has one transcript, found 2";
    QTest::newRow("unknown option") << "speecht5-asr"
                                    << R"({"beams": 1})"
                                    << "options.beams: ";
    QTest::newRow("adapter of Whisper")
        << "whisper"
        << R"({"target_lang": "deu"})"
        << "options.target_lang: only models with a CTC head have adapters of languages";
    QTest::newRow("adapter of one language")
        << "wav2vec2-ctc"
        << R"({"target_lang": "deu"})"
        << "config.json has no adapter_attn_dim, so this model hears one language only";
    QTest::newRow("unknown language")
        << "mms"
        << R"({"target_lang": "../eng"})"
        << "options.target_lang: \"../eng\" is not among the languages with an adapter beside the "
           "checkpoint: deu, eng, zho-script_latin";
  }
  void refusals() {
    QFETCH(QString, model);
    QFETCH(QString, options);
    QFETCH(QString, error);
    const QString found =
        errorOf(oracleFolder() / model.toStdString(), OrderedJson::parse(options.toStdString()));
    QVERIFY2(found.contains(error), qPrintable(found));
  }
  void languageNeedsItsAdapter() {
    const Copied model;
    QVERIFY(errorOf(model.path(), {{"target_lang", "deu"}})
                .contains("expected adapter.deu.safetensors beside the checkpoint"));
    model.take("deu", "deu");
    QCOMPARE(errorOf(model.path(), {{"target_lang", "deu"}}), QString());
    model.take("eng", "elf");  // of which vocab.json has no letters
    QVERIFY(errorOf(model.path(), {{"target_lang", "elf"}}).endsWith("the checkpoint: deu"));
  }
  void adapterThatDoesNotFitIsNamed() {
    const Copied model;
    const fs::path file = model.path() / "adapter.deu.safetensors";
    fs::copy(oracleFolder() / "mms" / "model.safetensors", file);
    QString error = errorOf(model.path(), {{"target_lang", "deu"}});
    QVERIFY2(error.contains("adapter.deu.safetensors: tensor ") &&
                 error.contains("is not part of an adapter of this model"),
             qPrintable(error));
    fs::remove(file);
    writeFileAtomically(file, readTextFile(model.path() / "model.safetensors").substr(0, 40));
    error = errorOf(model.path(), {{"target_lang", "deu"}});
    QVERIFY2(error.contains("adapter.deu.safetensors"), qPrintable(error));
  }
  void lettersWithoutALanguageNeedOne() {
    const Copied model;
    model.take("deu", "deu");
    const fs::path file = model.path() / "tokenizer_config.json";
    Json config = readJsonFile(file);
    config.erase("target_lang");
    writeFileAtomically(file, config.dump());
    QVERIFY(errorOf(model.path(), {}).contains("expected target_lang as an option"));
    QCOMPARE(errorOf(model.path(), {{"target_lang", "deu"}}), QString());
  }
};

ORRERY_TEST(RecogniserKindsTest)
#include "recogniser_kinds_test.moc"
