#include "ui/speech/word_alignment.h"

#include <limits>

#include "tests/support/test_main.h"

using namespace orrery;
using namespace orrery::ui;

namespace {

constexpr double kAll = std::numeric_limits<double>::infinity();

/// Segments by lines, a word a second.
Transcript said(const QString& lines) {
  Transcript transcript;
  double at = 0;
  for (const QString& line : lines.split('\n')) {
    HeardSegment segment{at, at, {}};
    for (const QString& word : line.split(' ', Qt::SkipEmptyParts)) {
      segment.words.push_back({' ' + word, at, at + 1, 1, {}});
      segment.end = at += 1;
    }
    transcript.segments.push_back(segment);
  }
  return transcript;
}

/// "same ~replaced +only" of a row's words.
QString marked(const std::vector<HeardWord>& words, const std::vector<WordMatch>& matches) {
  QStringList text;
  for (std::size_t i = 0; i < words.size(); ++i)
    text += QString(matches[i] == WordMatch::kSame       ? ""
                    : matches[i] == WordMatch::kReplaced ? "~"
                                                         : "+") +
            words[i].text.trimmed();
  return text.join(' ');
}

}  // namespace

class WordAlignmentTest : public QObject {
  Q_OBJECT

 private slots:
  void differencesAreFewest_data() {
    QTest::addColumn<QString>("first");
    QTest::addColumn<QString>("other");
    QTest::addColumn<QString>("markedFirst");
    QTest::addColumn<QString>("markedOther");
    QTest::addColumn<QList<int>>("counts");  // replaced, inserted, deleted
    using Counts = QList<int>;
    QTest::newRow("equal but for case and points") << "Ask not, what"
                                                   << "ask not what"
                                                   << "Ask not, what"
                                                   << "ask not what" << Counts{0, 0, 0};
    QTest::newRow("a word replaced") << "a b c"
                                     << "a x c"
                                     << "a ~b c"
                                     << "a ~x c" << Counts{1, 0, 0};
    QTest::newRow("a word more") << "a c"
                                 << "a b c"
                                 << "a c"
                                 << "a +b c" << Counts{0, 1, 0};
    QTest::newRow("a word less") << "a b c"
                                 << "a c"
                                 << "a +b c"
                                 << "a c" << Counts{0, 0, 1};
    QTest::newRow("nothing heard") << "a b"
                                   << ""
                                   << "+a +b"
                                   << "" << Counts{0, 0, 2};
    QTest::newRow("other letters") << "Ünal ＡＢ"
                                   << "ünal ab"
                                   << "Ünal ＡＢ"
                                   << "ünal ab" << Counts{0, 0, 0};
  }
  void differencesAreFewest() {
    QFETCH(QString, first);
    QFETCH(QString, other);
    const Transcript a = said(first);
    const WordAlignment found = alignWords(a, said(other), kAll);
    QTEST(marked(a.segments[0].words, found.rows[0].own), "markedFirst");
    QTEST(marked(found.rows[0].other, found.rows[0].otherMatches), "markedOther");
    QTEST((QList<int>{found.replaced, found.inserted, found.deleted}), "counts");
  }
  void wordsStandBesideTheSegmentTheyBelongTo() {
    const WordAlignment found = alignWords(said("my fellow Americans\nask not"),
                                           said("my fellow American\nyes ask not"), kAll);
    QCOMPARE(marked(found.rows[0].other, found.rows[0].otherMatches),
             QString("my fellow ~American +yes"));
    QCOMPARE(marked(found.rows[1].other, found.rows[1].otherMatches), QString("ask not"));
    QCOMPARE(found.words, 5);
    QCOMPARE(found.distance(), 2.0 / 5);
  }
  void whatTheOtherHasNotHeardYetIsNoDifference() {
    const WordAlignment found = alignWords(said("a b\nc d"), said("a b"), 2);
    QCOMPARE(found.words, 2);
    QCOMPARE(found.differences(), 0);
  }
  void anEmptyTranscriptHasNoRows() {
    QCOMPARE(alignWords({}, said("a b"), kAll).rows.size(), std::size_t{0});
  }
  void anHourOfWordsThatShareNothingIsAligned() {
    QStringList one, two;
    for (int i = 0; i < 3000; ++i) {
      one += QString("a%1").arg(i);
      two += QString("b%1").arg(i);
    }
    const WordAlignment found = alignWords(said(one.join(' ')), said(two.join(' ')), kAll);
    QCOMPARE(found.replaced, 3000);
  }
};

ORRERY_TEST(WordAlignmentTest)
#include "word_alignment_test.moc"
