#include "core/base/json.h"

#include "tests/support/test_main.h"

using namespace orrery;

namespace {

/// The text of the Error that reading `key` as T from `document` ends in; empty if there is none.
template <class T>
QString errorOf(const char* document, const char* key) {
  const Json parsed = parseJson(document, "config.json");
  try {
    JsonField(parsed, "config.json").require<T>(key);
    return {};
  } catch (const Error& error) {
    return QString::fromUtf8(error.what());
  }
}

}  // namespace

class JsonTest : public QObject {
  Q_OBJECT

 private slots:
  void missingFieldIsNamed() {
    QCOMPARE(errorOf<int>("{}", "hidden_size"), "config.json: field \"hidden_size\" is missing");
  }
  void wrongTypeSaysWhatWasFound() {
    QCOMPARE(errorOf<int>(R"({"layers": "four"})", "layers"),
             "config.json: layers: expected an integer, found \"four\"");
  }
  void numberOutsideOfIntIsRefused() {
    QVERIFY(errorOf<int>(R"({"n": 4294967296})", "n").contains("32 bits"));
  }
  void wholeFloatIsAnInteger() { QCOMPARE(errorOf<int>(R"({"n": 4096.0})", "n"), ""); }
  void floatBeyondIntegersIsRefused() {
    QVERIFY(errorOf<std::int64_t>(R"({"n": 1e300})", "n").contains("expected an integer"));
  }
  void listElementIsNamed() {
    QCOMPARE(errorOf<std::vector<int>>(R"({"ids": [1, true]})", "ids"),
             "config.json: ids[1]: expected an integer, found true");
  }
  void whatNobodyAskedForIsKnown() {
    const Json document = parseJson(
        R"({"a": 1, "b": null, "c": 2, "whole": {"x": 1}, "parts": {"x": 1, "y": [{"z": 1}]},
          "other": {"u": 1}})",
        "x");
    JsonReads reads;
    const JsonField root(document, "x", &reads);
    root.get("a", 0);
    root.get("b", 0);
    root.get("missing", 0);
    QCOMPARE(root["whole"].json().size(), std::size_t{1});
    root["parts"].get("x", 0);
    root["other"].get("x", 0);
    const std::vector<std::string> expected{"c", "other.u", "parts.y"};
    QCOMPARE(reads.unread(document), expected);
  }
  void deepNestingIsAnErrorNotACrash() {
    const std::string deep(100'000, '[');
    QVERIFY_THROWS_EXCEPTION(Error, parseJson(deep, "x.json"));
  }
  void syntaxErrorNamesSourceAndPlace() {
    try {
      parseJson("{\"a\": }", "x.json");
      QFAIL("no error");
    } catch (const Error& error) {
      QVERIFY(QString(error.what()).startsWith("x.json: not valid JSON: "));
      QVERIFY(QString(error.what()).contains("column 7"));
    }
  }
};

ORRERY_TEST(JsonTest)
#include "json_test.moc"
