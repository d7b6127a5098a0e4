#include <QFile>
#include <QProcess>
#include <QTemporaryDir>

#include "core/base/file.h"
#include "core/protocol/client.h"
#include "core/protocol/pipeline.h"
#include "core/protocol/process.h"
#include "tests/support/test_main.h"

using namespace orrery;

namespace {

struct Outcome {
  int code;
  QString out, error;
};

QString modelPath(const char* name) {
  return qEnvironmentVariable("ORRERY_ORACLE_DIR") + "/pipelines/" + name;
}

Outcome run(const QStringList& arguments) {
  QProcess process;
  process.start(qEnvironmentVariable("ORRERY_CLI"), QStringList{"run"} + arguments);
  process.waitForFinished(60'000);
  return {process.exitCode(), QString::fromUtf8(process.readAllStandardOutput()),
          QString::fromUtf8(process.readAllStandardError())};
}

}  // namespace

/// The command `run`, and the engine's messages for pipelines.
class PipelineCommandTest : public QObject {
  Q_OBJECT

 private slots:
  void printsOneDocument() {
    const Outcome outcome = run({"text-classification", "--model", modelPath("bert-sst"), "--input",
                                 "Ada met Charles.", "--set", "top_k=null", "--json"});
    QCOMPARE(outcome.code, 0);
    QCOMPARE(outcome.error, QString());
    const Json document = parseJson(outcome.out.toStdString(), "output");
    QCOMPARE(document.size(), std::size_t{3});
    QVERIFY(document[0]["score"] > document[1]["score"]);
  }
  void readsTextAndJsonFiles() {
    QTemporaryDir folder;
    const QString json = folder.filePath("frage ä.json"), text = folder.filePath("text.txt");
    writeFileAtomically(json.toStdString(),
                        R"({"question": "Where?", "context": "Berlin is another city."})");
    writeFileAtomically(text.toStdString(), "Berlin is another city.");
    const QStringList base{"question-answering",
                           "--model",
                           modelPath("bert-qa"),
                           "--set",
                           "doc_stride=2",
                           "--json",
                           "--input"};
    const Outcome both = run(base + QStringList{json});
    const Outcome context = run(base + QStringList{text, "--set", "question=Where?"});
    QCOMPARE(both.code, 0);
    QVERIFY2(both.out.contains("\"answer\""), qPrintable(both.out));
    QCOMPARE(context.out, both.out);
  }
  void runsThePicturesOfAFolder() {
    const QString pictures = qEnvironmentVariable("ORRERY_ORACLE_DIR") + "/pipelines/pictures/";
    QTemporaryDir folder;
    for (const char* name : {"grey.png", "tall.png", "wide.jpg"})
      QVERIFY(QFile::copy(pictures + name, folder.filePath(name)));
    writeFileAtomically(folder.filePath("notes.txt").toStdString(), "No picture.");
    const QStringList base{"image-classification", "--model", modelPath("vit-labels"), "--json"};
    const Outcome all = run(base + QStringList{"--input", folder.path()});
    QCOMPARE(all.code, 0);
    const Json document = parseJson(all.out.toStdString(), "output");
    QCOMPARE(document.size(), std::size_t{3});
    std::size_t index = 0;
    for (const char* name : {"grey.png", "tall.png", "wide.jpg"}) {
      const Json& entry = document[index++];
      QCOMPARE(QString::fromStdString(entry["input"]), folder.filePath(name));
      const Outcome alone = run(base + QStringList{"--input", folder.filePath(name)});
      const Json expected = parseJson(alone.out.toStdString(), "output");
      QCOMPARE(entry["result"].size(), expected.size());
      for (std::size_t i = 0; i < expected.size(); ++i) {
        QVERIFY(entry["result"][i]["label"] == expected[i]["label"]);
        // Sums of other threads differ in their last bits.
        const double off =
            entry["result"][i]["score"].get<double>() - expected[i]["score"].get<double>();
        QVERIFY(std::abs(off) < 1e-5);
      }
    }
  }
  void aFileThatFailsStopsNoOther() {
    const QString pictures = qEnvironmentVariable("ORRERY_ORACLE_DIR") + "/pipelines/pictures/";
    QTemporaryDir folder;
    QFile whole(pictures + "wide.jpg");
    QVERIFY(whole.open(QIODevice::ReadOnly));
    const QString broken = folder.filePath("cut.jpg");
    writeFileAtomically(broken.toStdString(), whole.read(300).toStdString());
    const Outcome outcome = run({"image-classification", "--model", modelPath("vit-labels"),
                                 "--json", "--input", broken, "--input", pictures + "wide.jpg"});
    QCOMPARE(outcome.code, 1);
    QVERIFY2(outcome.error.contains("1 of 2 inputs failed"), qPrintable(outcome.error));
    const Json document = parseJson(outcome.out.toStdString(), "output");
    QVERIFY(document[0]["error"].get<std::string>().find("cut.jpg") != std::string::npos);
    QCOMPARE(document[1]["result"].size(), std::size_t{5});
    QTemporaryDir empty;
    const Outcome nothing =
        run({"image-classification", "--model", modelPath("vit-labels"), "--input", empty.path()});
    QCOMPARE(nothing.code, 1);
    QVERIFY2(nothing.error.contains("holds no pictures"), qPrintable(nothing.error));
  }
  void listsOptionsWithoutAModel() {
    const Outcome outcome = run({"fill-mask", "--options"});
    QCOMPARE(outcome.code, 0);
    QVERIFY(outcome.out.contains("targets"));
  }
  void failuresAreOneLine_data() {
    QTest::addColumn<QStringList>("arguments");
    QTest::addColumn<int>("code");
    QTest::addColumn<QString>("says");
    const QString model = modelPath("bert-sst");
    const QString task = "text-classification";
    QTest::newRow("unknown task") << QStringList{"no-task", "--model", model, "--input", "x"} << 1
                                  << "\"no-task\"";
    QTest::newRow("wrong head") << QStringList{"fill-mask", "--model", model, "--input", "x"} << 1
                                << "serves text-classification";
    QTest::newRow("unknown option")
        << QStringList{task, "--model", model, "--input", "x", "--set", "topk=1"} << 1
        << "options.topk";
    QTest::newRow("no assignment")
        << QStringList{task, "--model", model, "--input", "x", "--set", "topk"} << 1
        << "expected name=value";
    QTest::newRow("missing file") << QStringList{task, "--model", model, "--input", "nowhere.txt"}
                                  << 1 << "nowhere.txt";
    QTest::newRow("missing model")
        << QStringList{task, "--model", "/nowhere", "--input", "x"} << 1 << "/nowhere";
    QTest::newRow("no input") << QStringList{task, "--model", model} << 2 << "--input";
    QTest::newRow("no task") << QStringList{"--model", model, "--input", "x"} << 2 << "task";
  }
  void failuresAreOneLine() {
    QFETCH(QStringList, arguments);
    QFETCH(int, code);
    QFETCH(QString, says);
    const Outcome outcome = run(arguments + QStringList{"--json"});
    QCOMPARE(outcome.code, code);
    QCOMPARE(outcome.out, QString());
    QCOMPARE(outcome.error.count('\n'), 1);
    QVERIFY2(outcome.error.contains(says), qPrintable(outcome.error));
  }
  void engineRunsAndKeepsThePipeline() {
    protocol::ignoreBrokenPipes();
    protocol::ChildProcess child({qgetenv("ORRERY_CLI").toStdString(), "engine"});
    {
      protocol::Client client(child.out(), child.in());
      client.initialize("test");
      protocol::RunPipelineParams params{.task = "fill-mask",
                                         .path = modelPath("bert-mask").toStdString(),
                                         .input = "The [MASK] fox",
                                         .options = {{"top_k", 2}}};
      const auto first = client.call(params);
      QCOMPARE(first.result.size(), std::size_t{2});
      QVERIFY(first.loadSeconds > 0);
      params.options = {{"top_k", 1}};
      const auto second = client.call(params);
      QVERIFY(second.result[0] == first.result[0]);
      QCOMPARE(second.loadSeconds, 0.0);
      const auto tasks = client.call(protocol::TasksParams{}).tasks;
      QVERIFY(std::ranges::count(tasks, "fill-mask", &protocol::Task::name) == 1);
      child.closeIn();
    }
  }
};

ORRERY_TEST(PipelineCommandTest)
#include "command_test.moc"
