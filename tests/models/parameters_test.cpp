// inspect counts the parameters that the reference counts, not its buffers.

#include <filesystem>

#include "core/base/file.h"
#include "core/base/json.h"
#include "tests/cli/command_line.h"
#include "tests/support/test_main.h"

using namespace orrery;

class ParametersTest : public QObject {
  Q_OBJECT

 private slots:
  void inspectCountsWhatTheReferenceCounts_data() {
    QTest::addColumn<QString>("folder");
    const QString cases = qEnvironmentVariable("ORRERY_ORACLE_DIR") + "/models";
    for (const auto& entry : std::filesystem::directory_iterator(cases.toStdString()))
      if (std::filesystem::exists(entry.path() / "parameters.json"))
        QTest::newRow(entry.path().filename().c_str())
            << QString::fromStdString(entry.path().string());
  }
  void inspectCountsWhatTheReferenceCounts() {
    QFETCH(QString, folder);
    const Json expected = Json::parse(readTextFile(folder.toStdString() + "/parameters.json"));
    const CommandResult run = runCli({"inspect", "--model", folder, "--json"});
    QCOMPARE(run.code, 0);
    QCOMPARE(Json::parse(run.out.toStdString()).at("parameters").get<std::int64_t>(),
             expected.get<std::int64_t>());
  }
};

ORRERY_TEST(ParametersTest)
#include "parameters_test.moc"
