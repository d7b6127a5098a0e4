// Speech recognition beyond what cases.json compares: what is told before the end, and refusals.

#include <QTemporaryDir>

#include "core/base/file.h"
#include "core/pipelines/pipeline.h"
#include "tests/support/test_main.h"

using namespace orrery;

namespace {

constexpr const char* kTask = "automatic-speech-recognition";

std::filesystem::path oracleFolder() {
  return std::filesystem::path(qEnvironmentVariable("ORRERY_ORACLE_DIR").toStdString()) /
         "pipelines";
}

/// ASCII only.
std::string lettersOf(std::string text) {
  std::erase_if(text, [](char c) { return static_cast<unsigned char>(c) >= 0x80; });
  return text;
}

}  // namespace

class SpeechPipelineTest : public QObject {
  Q_OBJECT

  std::unique_ptr<pipelines::Pipeline> pipeline_;
  const pipelines::Sound long_{oracleFolder() / "sounds" / "long.wav"};

  std::string errorOf(const pipelines::Options& options, const pipelines::Input& input) {
    try {
      pipeline_->run(input, options);
    } catch (const Error& error) {
      return error.what();
    }
    return "";
  }

 private slots:
  void initTestCase() {
    pipeline_ = orrery::pipeline(kTask, oracleFolder() / "whisper", "float32");
  }

  void whatIsToldOnTheWayIsWhatComesOut() {
    std::string settled;
    double until = 0;
    int drafts = 0, words = 0;
    const auto result = pipeline_->runStreamed(
        long_, {{"return_timestamps", "word"}}, {}, [&](const OrderedJson& partial) {
          if (partial.contains("draft")) {
            ++drafts;
            QVERIFY(partial["draft"]["start"].get<double>() == until);
            return;
          }
          QVERIFY(partial["until"].get<double>() > until);
          until = partial["until"];
          for (const OrderedJson& segment : partial["segments"])
            for (const OrderedJson& word : segment["words"]) {
              const double probability = word["probability"];
              QVERIFY(probability > 0 && probability <= 1);
              QCOMPARE(word["timestamp"].size(), std::size_t{2});
              settled += word["text"];
              ++words;
            }
        });
    QVERIFY(drafts > words && words > 3);
    // A character whose bytes are of two segments is whole only where both are decoded together.
    QCOMPARE(lettersOf(settled), lettersOf(toJson(result)["text"]));
  }
  void plainNameOfAFileIsTaken() {
    const pipelines::Options options{{"num_beams", 1}, {"return_timestamps", true}};
    QCOMPARE(toJson(pipeline_->run(long_.file.string(), options)).dump(),
             toJson(pipeline_->run(long_, options)).dump());
  }
  void cancelledRecognitionEnds() {
    JobContext context;
    context.cancel.cancel();
    QVERIFY_EXCEPTION_THROWN(pipeline_->run(long_, {}, context), Error);
  }
  void longSoundNeedsNoQuestionAboutTimes() {
    const auto without = toJson(pipeline_->run(long_, {}));
    QVERIFY(!without.contains("chunks"));
    QCOMPARE(without["text"].dump(),
             toJson(pipeline_->run(long_, {{"return_timestamps", true}}))["text"].dump());
  }
  void refusals_data() {
    QTest::addColumn<QString>("options");
    QTest::addColumn<QString>("error");
    QTest::newRow("characters") << R"({"return_timestamps": "char"})"
                                << "Whisper gives no times of characters";
    QTest::newRow("language") << R"({"language": "elvish"})"
                              << "language: \"elvish\" is unknown, expected one of english";
    QTest::newRow("without token") << R"({"generate_kwargs": {"language": "french"}})"
                                   << "language: \"french\" has no token in this model";
    QTest::newRow("task") << R"({"task": "sing"})"
                          << "options.task: expected \"transcribe\" or \"translate\"";
    QTest::newRow("stride") << R"({"chunk_length_s": 1, "stride_length_s": 0.5})"
                            << "options.stride_length_s: expected overlaps of less than the 1";
    QTest::newRow("temperature") << R"({"temperature": [0, -1]})"
                                 << "options.temperature: expected numbers of at least 0, found -1";
    QTest::newRow("unknown") << R"({"beams": 1})"
                             << "options.beams: ";
    QTest::newRow("room") << R"({"max_new_tokens": 48})"
                          << "max_new_tokens: expected at most 4";
    QTest::newRow("prompt") << R"({"prompt": "a <|en|>"})"
                            << "prompt: expected text, found the token <|en|>";
  }
  void refusals() {
    QFETCH(QString, options);
    QFETCH(QString, error);
    const auto found =
        QString::fromStdString(errorOf(OrderedJson::parse(options.toStdString()),
                                       pipelines::Sound{oracleFolder() / "sounds" / "short.wav"}));
    QVERIFY2(found.contains(error), qPrintable(found));
  }
  void soundsThatAreNoneAreNamed() {
    QTemporaryDir folder;
    const auto file = std::filesystem::path(folder.filePath("empty.wav").toStdString());
    const std::string wave = readTextFile(long_.file);
    writeFileAtomically(file, wave.substr(0, 44));
    const std::string error = errorOf({}, pipelines::Sound{file});
    QVERIFY2(error.find("empty.wav") != error.npos, error.c_str());
    QVERIFY(errorOf({}, pipelines::Sound{oracleFolder() / "no.wav"}).find("no.wav") !=
            std::string::npos);
  }
};

ORRERY_TEST(SpeechPipelineTest)
#include "speech_test.moc"
