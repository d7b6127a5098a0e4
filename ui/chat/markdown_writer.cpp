#include "ui/chat/markdown_writer.h"

#include <QCoreApplication>
#include <QFontDatabase>
#include <QTextDocument>
#include <QTextTable>
#include <QUrl>
#include <algorithm>

#include "ui/chat/markdown_pictures.h"
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

// A picture that is not drawn: a link to it.
InlineSpan linkTo(InlineSpan span) {
  const QString text = span.text.isEmpty() ? QUrl(span.picture).fileName() : span.text;
  span.text = QCoreApplication::translate("MarkdownView", "Picture: %1")
                  .arg(text.isEmpty() ? QStringLiteral("\u2026") : text);
  if (span.link.isEmpty()) span.link = span.picture;
  return span;
}

void writeSpan(QTextCursor& cursor, const InlineSpan& span, const QTextCharFormat& base) {
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

// `share`: how much of the width a picture may take. Returns whether one was drawn.
bool writeInline(QTextCursor& cursor, const QString& text, const QTextCharFormat& base,
                 const MarkdownPictures& pictures, double share = 1) {
  bool drawn = false;
  for (const InlineSpan& span : parseInline(text)) {
    const bool draws = !span.picture.isEmpty() && pictures.has(span.picture);
    drawn = drawn || draws;
    if (draws)
      cursor.insertText(QString(QChar::ObjectReplacementCharacter), pictures.format(span, share));
    else
      writeSpan(cursor, span.picture.isEmpty() ? span : linkTo(span), base);
  }
  return drawn;
}

void writeTable(QTextCursor& cursor, const MarkdownBlock& block, qreal topMargin,
                const MarkdownPictures& pictures) {
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
      writeInline(cell, block.rows[row][column], look, pictures,
                  0.9 / static_cast<double>(columns));
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
                       int codeIndex, const MarkdownPictures& pictures) {
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
  bool drawn = false;
  switch (block.kind) {
    case BlockKind::kHeading:
      look.setFontWeight(QFont::DemiBold);
      look.setFontPointSize(cursor.document()->defaultFont().pointSizeF() * (block.level <= 1 ? 1.45
                                                                             : block.level == 2
                                                                                 ? 1.25
                                                                                 : 1.1));
      drawn = writeInline(cursor, block.text, look, pictures);
      break;
    case BlockKind::kListItem:
      cursor.insertText(block.marker + QLatin1Char('\t'), look);
      drawn = writeInline(cursor, block.text, look, pictures);
      break;
    case BlockKind::kQuote:
      look.setForeground(theme().muted);
      drawn = writeInline(cursor, block.text, look, pictures);
      break;
    case BlockKind::kRule:
      look.setForeground(theme().border);
      cursor.insertText(QString(24, QChar(0x2500)), look);
      break;
    case BlockKind::kTable:
      writeTable(cursor, block, std::max(kGap, format.topMargin()), pictures);
      break;
    case BlockKind::kCodeHead:
      writeCodeHead(cursor, block, codeIndex);
      break;
    case BlockKind::kCodeLine:
      cursor.insertText(block.text, monospace(cursor));
      break;
    case BlockKind::kParagraph:
      drawn = writeInline(cursor, block.text, look, pictures);
      break;
  }
  if (drawn) {  // a share of a picture's height would be a hole below it
    QTextBlockFormat lines = cursor.blockFormat();
    lines.setLineHeight(0, QTextBlockFormat::SingleHeight);
    cursor.setBlockFormat(lines);
  }
  return start;
}

}  // namespace orrery::ui
