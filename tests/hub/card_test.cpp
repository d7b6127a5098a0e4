#include "core/hub/card.h"

#include <QTest>

#include "tests/support/test_main.h"

using namespace orrery;
using orrery::hub::parseCard;

class CardTest : public QObject {
  Q_OBJECT

 private slots:
  void frontMatterHasTheTypesOfYaml() {
    const auto card = parseCard(
        "---\nlanguage:\n- en\n- no\nquoted: '12'\nwhole: 12\nnumber: 0.5\nyes: true\n"
        "empty:\nnested: {a: [1]}\n---\n\n# Title\n");
    QCOMPARE(card.problem, "");
    QVERIFY(card.data == Json::parse(R"({"language": ["en", "no"], "quoted": "12", "whole": 12,
        "number": 0.5, "yes": true, "empty": null, "nested": {"a": [1]}})"));
    QCOMPARE(card.body, "# Title\n");
  }

  void cardWithoutFrontMatterIsAllBody() {
    for (const char* text : {"# Title\n---\nx", "", "---", "---\nnever: closed\n"}) {
      QCOMPARE(parseCard(text).body, text);
      QVERIFY(parseCard(text).data.empty());
    }
  }

  void lineEndsOfWindowsAndByteOrderMark() {
    const auto card = parseCard("\xEF\xBB\xBF---\r\na: b\r\n---\r\nbody");
    QVERIFY(card.data["a"] == "b");
    QCOMPARE(card.body, "body");
  }

  void brokenFrontMatterLeavesTheBody_data() {
    QTest::addColumn<QByteArray>("yaml");
    QTest::addColumn<QString>("words");
    QByteArray bomb = "a: &a [x,x,x,x,x,x,x,x,x]\n";
    for (char name = 'b'; name < 'j'; ++name) {
      bomb += QByteArray(1, name) + ": &" + name + " [";
      for (int i = 0; i < 9; ++i) bomb += QByteArray("*") + char(name - 1) + ",";
      bomb += "]\n";
    }
    QTest::newRow("syntax") << QByteArray("a: [1\n") << "line ";
    QTest::newRow("list") << QByteArray("- a\n") << "expected names with values";
    QTest::newRow("aliases") << bomb << "more than 100000 values";
    QTest::newRow("deep") << QByteArray("a: ") + QByteArray(2'000, '[') << "front matter: ";
    QTest::newRow("nested") << QByteArray("a: ") + QByteArray(40, '[') + QByteArray(40, ']')
                            << "nests deeper";
    QTest::newRow("itself") << QByteArray("a: &a [*a]") << "nests deeper";
    QTest::newRow("key") << QByteArray("[1]: 2") << "a key that is no text";
  }
  void brokenFrontMatterLeavesTheBody() {
    QFETCH(QByteArray, yaml);
    QFETCH(QString, words);
    const auto card = parseCard(("---\n" + yaml + "\n---\nbody\n").toStdString());
    QVERIFY2(QString::fromStdString(card.problem).contains(words), card.problem.c_str());
    QCOMPARE(card.body, "body\n");
    QVERIFY(card.data.empty());
  }
};

ORRERY_TEST(CardTest)
#include "card_test.moc"
