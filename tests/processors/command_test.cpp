#include "core/checkpoint/safetensors.h"
#include "tests/processors/support.h"
// LibTorch has a member `slots`, which Qt takes for its word.
#include <QProcess>
#include <QTemporaryDir>

#include "tests/support/test_main.h"

using namespace orrery;

namespace {

struct Outcome {
  int code;
  QString error;
};

QString path(const char* name) {
  return QString::fromStdString((test::processorsFolder() / name).string());
}

Outcome preprocess(const QStringList& arguments) {
  QProcess process;
  process.start(qEnvironmentVariable("ORRERY_CLI"), QStringList{"preprocess"} + arguments);
  process.waitForFinished(60'000);
  return {process.exitCode(), QString::fromUtf8(process.readAllStandardError())};
}

}  // namespace

/// The command `preprocess`.
class PreprocessCommandTest : public QObject {
  Q_OBJECT

 private slots:
  void initTestCase() {
#ifndef ORRERY_WITH_ENGINE
    QSKIP("this build has no library that computes");
#endif
  }
  void WritesTheTensorsOfABatch() {
    QTemporaryDir folder;
    const QString outputs = folder.filePath("out.safetensors");
    const Outcome outcome =
        preprocess({"--model", path("detr0"), "--input", path("images/wide.png"),
                    path("images/tall.png"), "--outputs", outputs});
    QCOMPARE(outcome.error, QString());
    QCOMPARE(outcome.code, 0);
    const auto file = checkpoint::SafetensorsFile::open(outputs.toStdString());
    QCOMPARE(file->names().size(), std::size_t{2});
    QCOMPARE(file->find("pixel_values")->shape.at(0), std::int64_t{2});
    QVERIFY(file->find("pixel_mask")->dtype == checkpoint::DType::kI64);
  }
  void TakesTrimapsAndTheOtherBackend() {
    QTemporaryDir folder;
    const QString outputs = folder.filePath("out.safetensors");
    const Outcome outcome =
        preprocess({"--model", path("vitmatte0"), "--input", path("images/wide.png"), "--trimap",
                    path("images/trimap.png"), "--outputs", outputs, "--set", "backend=pil"});
    QCOMPARE(outcome.error, QString());
    const auto file = checkpoint::SafetensorsFile::open(outputs.toStdString());
    QCOMPARE(file->find("pixel_values")->shape.at(1), std::int64_t{4});
  }
  void WritesTheTensorsOfATextWithPictures() {
    QTemporaryDir folder;
    const QString outputs = folder.filePath("out.safetensors");
    const Outcome outcome =
        preprocess({"--model", path("../joint/llava"), "--input", path("images/wide.png"), "--text",
                    "<image>What is it?", "--outputs", outputs});
    QCOMPARE(outcome.error, QString());
    const auto file = checkpoint::SafetensorsFile::open(outputs.toStdString());
    QCOMPARE(file->names().size(), std::size_t{3});
    QVERIFY(file->find("input_ids")->dtype == checkpoint::DType::kI64);
  }
  void FileOfAnotherKindIsOneLine() {
    const Outcome outcome = preprocess({"--model", path("vit0"), "--input", path("cases.json"),
                                        "--outputs", "/nowhere/out.safetensors"});
    QCOMPARE(outcome.code, 1);
    QVERIFY2(outcome.error.contains("cases.json: is no image that can be read"),
             qPrintable(outcome.error));
    QCOMPARE(outcome.error.count('\n'), 1);
  }
  void UnknownSettingIsRefused() {
    const Outcome outcome =
        preprocess({"--model", path("vit0"), "--input", path("images/wide.png"), "--outputs",
                    "/nowhere/out.safetensors", "--set", "sharpen=1"});
    QCOMPARE(outcome.code, 1);
    QVERIFY2(outcome.error.contains("sharpen"), qPrintable(outcome.error));
  }
};

ORRERY_TEST(PreprocessCommandTest)
#include "command_test.moc"
