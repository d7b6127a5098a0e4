#include "ui/compare/compare_state.h"

#include "core/base/json.h"
#include "tests/support/test_main.h"

using namespace orrery;
using namespace orrery::ui;

namespace {

CompareColumn column(const std::vector<int>& ids, bool running = false, const char* model = "m") {
  CompareColumn result;
  result.model = model;
  result.running = running;
  for (const int id : ids) {
    result.tokens.push_back({id, QString("t%1").arg(id), -0.5, 1, false, {}});
    result.text += result.tokens.back().text;
  }
  return result;
}

int divergence(std::vector<CompareColumn> columns) {
  CompareState state;
  state.columns = std::move(columns);
  return firstDivergence(state);
}

}  // namespace

class CompareStateTest : public QObject {
  Q_OBJECT

 private slots:
  void firstDifferentTokenIsTheDivergence() {
    QCOMPARE(divergence({column({1, 2, 3}), column({1, 2, 4})}), 2);
  }
  void equalColumnsDoNotDiverge() { QCOMPARE(divergence({column({1, 2}), column({1, 2})}), -1); }
  void aColumnThatEndedEarlierDivergesAtItsEnd() {
    QCOMPARE(divergence({column({1, 2}), column({1})}), 1);
  }
  void aColumnThatStillRunsMayYetAgree() {
    QCOMPARE(divergence({column({1, 2}), column({1}, true)}), -1);
  }
  void oneColumnAloneDoesNotDiverge() { QCOMPARE(divergence({column({1}), column({})}), -1); }
  void otherModelsAreComparedByText() {
    CompareColumn other = column({1, 9}, false, "other");
    other.tokens[0].id = 77;
    QCOMPARE(divergence({column({1, 2}), other}), 1);
  }
  void csvQuotesTextAndSumsLogprobs() {
    CompareState state;
    state.columns = {column({1, 2})};
    state.columns[0].tokens[0].text = "say \"hi\",\n";
    const QByteArray csv = toCsv(state);
    QVERIFY(csv.contains("\"say \"\"hi\"\",\n\""));
    QVERIFY(csv.endsWith(",-1\n"));
  }
  void jsonHoldsEveryToken() {
    CompareState state;
    state.seed = 7;
    state.prompt = "p";
    state.columns = {column({1, 2}), column({3})};
    const Json json = parseJson(toJsonDocument(state).toStdString(), "export");
    QCOMPARE(json.size(), std::size_t{2});
    QVERIFY((json[0]["sequences"][0]["ids"] == Json{1, 2}));
    QCOMPARE(json[1]["seed"].get<int>(), 7);
    QCOMPARE(json[0]["sequences"][0]["tokens"][1]["text"].get<std::string>(), std::string("t2"));
  }
};

ORRERY_TEST(CompareStateTest)
#include "compare_state_test.moc"
