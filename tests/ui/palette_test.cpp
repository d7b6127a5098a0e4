#include <QAction>

#include "tests/support/test_main.h"
#include "ui/shell/command_palette.h"
#include "ui/shell/fuzzy.h"

using namespace orrery::ui;

class PaletteTest : public QObject {
  Q_OBJECT

 private slots:
  void lettersMustOccurInOrder() {
    QVERIFY(fuzzyScore(u"nc", u"New conversation").has_value());
    QVERIFY(!fuzzyScore(u"cn0", u"New conversation").has_value());
    QVERIFY(!fuzzyScore(u"wn", u"New").has_value());
    QCOMPARE(fuzzyScore(u"", u"anything").value(), 0);
    QVERIFY(!fuzzyScore(u"a", u"").has_value());
  }
  void beginningsOfWordsCountMore() {
    QVERIFY(*fuzzyScore(u"sj", u"Show Jobs") > *fuzzyScore(u"sj", u"has just"));
    QVERIFY(*fuzzyScore(u"comp", u"Show Compare") > *fuzzyScore(u"comp", u"clear old maps"));
  }
  void bestActionComesFirstAndDisabledOnesAreLeftOut() {
    QAction quit("&Quit");
    QAction theme("Dark theme");
    QAction command("Answer again");
    QAction off("Dark off");
    off.setEnabled(false);
    const auto found = matchingActions({&quit, &theme, &command, &off}, "dark");
    QCOMPARE(found, QList<QAction*>{&theme});
    QCOMPARE(matchingActions({&quit, &theme}, "").size(), 2);
  }
};

ORRERY_TEST(PaletteTest)
#include "palette_test.moc"
