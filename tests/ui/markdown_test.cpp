#include <QTextBlock>
#include <ctime>

#include "tests/support/test_main.h"
#include "ui/chat/markdown_blocks.h"
#include "ui/chat/markdown_view.h"

using namespace orrery::ui;

namespace {

const char kSample[] =
    "# Title\n\nSome *text* with `code` and **bold**.\nSecond line.\n\n- one\n- two\n  - "
    "deeper\n\n1. first\n"
    "\n```cpp\nint main() {\n  return 0;\n}\n```\n\n> quoted\n\n| a | b |\n|---|---|\n| 1 | 2 "
    "|\n\n---\nEnd.";

double cpuSeconds() {
  return static_cast<double>(std::clock()) / CLOCKS_PER_SEC;
}

// Text and look of each block of a document, comparable.
QStringList looks(const QTextDocument& document) {
  QStringList result;
  for (QTextBlock block = document.begin(); block.isValid(); block = block.next()) {
    QString look = QString::number(block.blockFormat().leftMargin()) + '|' +
                   QString::number(block.blockFormat().topMargin());
    for (auto it = block.begin(); !it.atEnd(); ++it)
      look += '|' + it.fragment().text() +
              (it.fragment().charFormat().fontWeight() > QFont::Normal ? "*" : "");
    result += look;
  }
  return result;
}

}  // namespace

class MarkdownTest : public QObject {
  Q_OBJECT

  static void checkKinds(const char* source, std::vector<BlockKind> expected) {
    std::vector<BlockKind> kinds;
    for (const MarkdownBlock& block : parseMarkdown(QString::fromUtf8(source)))
      kinds.push_back(block.kind);
    QVERIFY(kinds == expected);
  }

 private slots:
  void blocksAreFound() {
    using enum BlockKind;
    checkKinds(kSample,
               {kHeading, kParagraph, kListItem, kListItem, kListItem, kListItem, kCodeHead,
                kCodeLine, kCodeLine, kCodeLine, kQuote, kTable, kRule, kParagraph});
  }
  void anOpenFenceIsCodeToTheEnd() {
    using enum BlockKind;
    checkKinds("```\na\n# b", {kCodeHead, kCodeLine, kCodeLine});
  }
  void parsingFromABlockGivesTheRest() {
    const QString source = QString::fromUtf8(kSample);
    const auto all = parseMarkdown(source);
    for (std::size_t i = 0; i < all.size(); ++i) {
      const QString fence = all[i].kind == BlockKind::kCodeLine ? all[i].fence : QString();
      const auto rest = parseMarkdown(source, all[i].start, fence);
      QVERIFY(rest ==
              std::vector<MarkdownBlock>(all.begin() + static_cast<std::ptrdiff_t>(i), all.end()));
    }
  }
  void spansNest() {
    const auto spans = parseInline("a **b *c* d** `*e*` ~~f~~ [g](https://h.i)");
    QStringList seen;
    for (const InlineSpan& s : spans)
      seen += s.text + (s.bold ? "/b" : "") + (s.italic ? "/i" : "") + (s.code ? "/c" : "") +
              (s.struck ? "/s" : "") + (s.link.isEmpty() ? "" : "/l");
    QCOMPARE(seen,
             (QStringList{"a ", "b /b", "c/b/i", " d/b", " ", "*e*/c", " ", "f/s", " ", "g/l"}));
  }
  void markersWithoutPartnerStay() {
    for (const char* text :
         {"2 * 3 * 4", "a ** b", "`open", "snake_case_name", "[x](javascript:1)", "\\*no\\*"}) {
      QString joined;
      for (const InlineSpan& s : parseInline(QString::fromLatin1(text))) {
        joined += s.text;
        QVERIFY2(!s.bold && !s.italic && !s.code && s.link.isEmpty(), text);
      }
      QCOMPARE(joined, QString::fromLatin1(text).remove('\\'));
    }
  }
  void growingDrawsTheSameAsAtOnce() {
    const QString source = QString::fromUtf8(kSample);
    MarkdownView grown;
    grown.resize(500, 400);
    for (qsizetype length = 1; length <= source.size(); ++length) {
      grown.setMarkdown(source.left(length));
      grown.flush();
    }
    MarkdownView atOnce;
    atOnce.resize(500, 400);
    atOnce.setMarkdown(source);
    atOnce.flush();
    QCOMPARE(looks(*grown.document()), looks(*atOnce.document()));
  }
  void tokensAreDrawnInOrder() {
    MarkdownView view;
    view.setTokens({{1, "Hel", -1, 0, false, {}}, {2, "lo", -2, 0, false, {}}});
    view.flush();
    QCOMPARE(view.toPlainText(), QString("Hello"));
  }
  void noFrameOfALongAnswerTakes50MsOfTheThread() {
    MarkdownView view;
    view.resize(700, 400);
    view.show();
    QString text;
    double worst = 0;
    for (int i = 0; i < 400; ++i) {
      text += i % 20 == 0 ? "\n\n```cpp\nint x;\n```\n\n"
                          : "Some more **words** of a long `answer`, sentence after sentence. ";
      view.setMarkdown(text);
      const double before = cpuSeconds();
      view.flush();
      worst = std::max(worst, cpuSeconds() - before);
    }
    QVERIFY2(worst < 0.05, qPrintable(QString::number(worst)));
  }
};

ORRERY_TEST(MarkdownTest)
#include "markdown_test.moc"
