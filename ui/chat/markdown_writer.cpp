#include "ui/chat/markdown_writer.h"

#include <QCoreApplication>
#include <QFontDatabase>
#include <QTextDocument>
#include <QTextTable>
#include <algorithm>

#include "ui/shell/theme.h"

namespace orrery::ui {
namespace {

constexpr qreal kGap = 8;
constexpr qreal kIndent = 20;
constexpr int kCodeProperty = QTextFormat::UserProperty + 1;

QTextCharFormat plain(const QTextCursor& cursor) {
  QTextCharFormat format;
  format.setFont(cursor.document()->defaultFont());
  format.setForeground(theme().text);
  return format;
}

QTextCharFormat monospace(const QTextCursor& cursor) {
  QFont font = QFontDatabase::systemFont(QFontDatabase::FixedFont);
  font.setPointSizeF(cursor.document()->defaultFont().pointSizeF() * 0.95);
  QTextCharFormat format;
  format.setFont(font);
  format.setForeground(theme().text);
  return format;
}

void writeInline(QTextCursor& cursor, const QString& text, const QTextCharFormat& base) {
  for (const InlineSpan& span : parseInline(text)) {
    QTextCharFormat format = base;
    if (span.code) {
      format = monospace(cursor);
      format.setBackground(theme().raised);
    }
    if (span.bold) format.setFontWeight(QFont::DemiBold);
    if (span.italic) format.setFontItalic(true);
    if (span.struck) format.setFontStrikeOut(true);
    if (!span.link.isEmpty()) {
      format.setAnchor(true);
      format.setAnchorHref(span.link);
      format.setForeground(theme().accent);
      format.setFontUnderline(true);
    }
    QString shown = span.text;
    shown.replace(QLatin1Char('\n'), QChar::LineSeparator);
    cursor.insertText(shown, format);
  }
}

void writeTable(QTextCursor& cursor, const MarkdownBlock& block, qreal topMargin) {
  qsizetype columns = 1;
  for (const QStringList& row : block.rows) columns = std::max(columns, row.size());
  QTextTableFormat format;
  format.setCellPadding(6);
  format.setCellSpacing(0);
  format.setBorder(1);
  format.setBorderBrush(theme().border);
  format.setBorderStyle(QTextFrameFormat::BorderStyle_Solid);
  format.setBorderCollapse(true);
  format.setTopMargin(topMargin);
  // Qt leaves out the upper margin of what follows, where a card of code has its padding.
  format.setBottomMargin(kGap + kCodePadding);
  QTextTable* table =
      cursor.insertTable(static_cast<int>(block.rows.size()), static_cast<int>(columns), format);
  for (std::size_t row = 0; row < block.rows.size(); ++row)
    for (qsizetype column = 0; column < block.rows[row].size(); ++column) {
      QTextCursor cell =
          table->cellAt(static_cast<int>(row), static_cast<int>(column)).firstCursorPosition();
      QTextCharFormat look = plain(cursor);
      if (row == 0) look.setFontWeight(QFont::DemiBold);
      writeInline(cell, block.rows[row][column], look);
    }
  cursor.movePosition(QTextCursor::End);
  cursor.setBlockFormat(QTextBlockFormat());  // of the empty block that follows a table
}

void writeCodeHead(QTextCursor& cursor, const MarkdownBlock& block, int codeIndex) {
  QTextCharFormat format = plain(cursor);
  format.setForeground(theme().muted);
  format.setFontPointSize(cursor.document()->defaultFont().pointSizeF() * 0.85);
  cursor.insertText(
      block.text.isEmpty() ? QCoreApplication::translate("MarkdownView", "code") : block.text,
      format);
  cursor.insertText(QStringLiteral("    "), format);
  format.setAnchor(true);
  format.setAnchorHref(QStringLiteral("copy:%1").arg(codeIndex));
  format.setForeground(theme().accent);
  cursor.insertText(QCoreApplication::translate("MarkdownView", "Copy"), format);
}

QTextBlockFormat codeFormat(CodePart part, qreal topMargin) {
  QTextBlockFormat format;
  format.setProperty(kCodeProperty, static_cast<int>(part));
  format.setTopMargin(topMargin);
  if (part == CodePart::kHead) format.setBottomMargin(kGap / 2);
  format.setLeftMargin(kCodePadding);
  format.setRightMargin(kCodePadding);
  format.setLineHeight(120, QTextBlockFormat::ProportionalHeight);
  return format;
}

QTextBlockFormat blockFormat(const MarkdownBlock& block, const MarkdownBlock* before) {
  QTextBlockFormat format;
  format.setLineHeight(128, QTextBlockFormat::ProportionalHeight);
  const bool sameList = before && before->kind == block.kind && block.kind == BlockKind::kListItem;
  if (before) format.setTopMargin(sameList ? 3 : kGap);
  const bool afterCode =
      before && (before->kind == BlockKind::kCodeHead || before->kind == BlockKind::kCodeLine);
  if (afterCode) format.setTopMargin(kGap + kCodePadding);
  switch (block.kind) {
    case BlockKind::kHeading:
      if (before) format.setTopMargin(format.topMargin() + kGap * 0.8);
      break;
    case BlockKind::kListItem:
      format.setLeftMargin(kIndent * (block.level + 1));
      format.setTextIndent(-kIndent * 0.8);
      format.setTabPositions({QTextOption::Tab(kIndent * 0.8, QTextOption::LeftTab)});
      break;
    case BlockKind::kQuote:
      format.setLeftMargin(kIndent);
      break;
    case BlockKind::kCodeHead:
      format = codeFormat(CodePart::kHead, format.topMargin() + kCodePadding);
      break;
    case BlockKind::kCodeLine:
      format = codeFormat(CodePart::kLine, 0);
      break;
    default:
      break;
  }
  return format;
}

}  // namespace

CodePart codePart(const QTextBlock& block) {
  return static_cast<CodePart>(block.blockFormat().intProperty(kCodeProperty));
}

int writeMarkdownBlock(QTextCursor& cursor, const MarkdownBlock& block, const MarkdownBlock* before,
                       int codeIndex) {
  cursor.movePosition(QTextCursor::End);
  const int start = before ? cursor.position() : 0;
  const QTextBlockFormat format = blockFormat(block, before);
  QTextCharFormat look = plain(cursor);
  // Qt keeps a block behind every table: what follows a table goes into that one. A table itself
  // needs no block of its own.
  const bool hasBlock = !before || before->kind == BlockKind::kTable;
  if (hasBlock) {
    cursor.setBlockFormat(format);
    cursor.setBlockCharFormat(look);
  } else if (block.kind != BlockKind::kTable) {
    cursor.insertBlock(format, look);
  }
  switch (block.kind) {
    case BlockKind::kHeading:
      look.setFontWeight(QFont::DemiBold);
      look.setFontPointSize(cursor.document()->defaultFont().pointSizeF() * (block.level <= 1 ? 1.45
                                                                             : block.level == 2
                                                                                 ? 1.25
                                                                                 : 1.1));
      writeInline(cursor, block.text, look);
      break;
    case BlockKind::kListItem:
      cursor.insertText(block.marker + QLatin1Char('\t'), look);
      writeInline(cursor, block.text, look);
      break;
    case BlockKind::kQuote:
      look.setForeground(theme().muted);
      writeInline(cursor, block.text, look);
      break;
    case BlockKind::kRule:
      look.setForeground(theme().border);
      cursor.insertText(QString(24, QChar(0x2500)), look);
      break;
    case BlockKind::kTable:
      writeTable(cursor, block, std::max(kGap, format.topMargin()));
      break;
    case BlockKind::kCodeHead:
      writeCodeHead(cursor, block, codeIndex);
      break;
    case BlockKind::kCodeLine:
      cursor.insertText(block.text, monospace(cursor));
      break;
    case BlockKind::kParagraph:
      writeInline(cursor, block.text, look);
      break;
  }
  return start;
}

}  // namespace orrery::ui
