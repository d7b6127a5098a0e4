// info: what this build has.

#include <algorithm>

#include "core/base/json.h"
#include "tests/cli/command_line.h"
#include "tests/support/test_main.h"

using namespace orrery;

class InfoTest : public QObject {
  Q_OBJECT

 private slots:
  void modelTypesAndTasksAreNamed() {
    const CommandResult run = runCli({"info", "--json"});
    QCOMPARE(run.code, 0);
    const Json document = Json::parse(run.out.toStdString());
    const auto names = [&](const char* list, const char* wanted) {
      return std::ranges::count(document.at(list), Json(wanted));
    };
    QCOMPARE(names("model_types", "llama"), 1);
    QCOMPARE(document.at("devices").at(0).at("name").get<std::string>(), "cpu");
#ifdef ORRERY_WITH_ENGINE
    QCOMPARE(names("tasks", "fill-mask"), 1);
    QVERIFY(!document.contains("problem"));
#else
    QVERIFY(document.contains("problem"));
#endif
  }
};

ORRERY_TEST(InfoTest)
#include "info_test.moc"
