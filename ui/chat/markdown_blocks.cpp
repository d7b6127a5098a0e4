#include "ui/chat/markdown_blocks.h"

#include <algorithm>

namespace orrery::ui {
namespace {

struct Line {
  qsizetype start;
  QStringView text;
};

qsizetype indentOf(QStringView line) {
  qsizetype columns = 0;
  for (const QChar c : line) {
    if (c == QLatin1Char(' '))
      ++columns;
    else if (c == QLatin1Char('\t'))
      columns += 4;
    else
      break;
  }
  return columns;
}

// The fence that `line` opens (``` or more, or ~~~), or nothing.
QString fenceOf(QStringView line) {
  const QStringView text = line.trimmed();
  for (const QChar mark : {QLatin1Char('`'), QLatin1Char('~')}) {
    qsizetype length = 0;
    while (length < text.size() && text[length] == mark) ++length;
    if (length >= 3) return QString(length, mark);
  }
  return {};
}

bool isRule(QStringView line) {
  const QStringView text = line.trimmed();
  if (text.isEmpty() || !QStringLiteral("-*_").contains(text[0])) return false;
  qsizetype marks = 0;
  for (const QChar c : text) {
    if (c == text[0])
      ++marks;
    else if (!c.isSpace())
      return false;
  }
  return marks >= 3;
}

bool heading(QStringView line, MarkdownBlock& block) {
  qsizetype level = 0;
  while (level < line.size() && line[level] == QLatin1Char('#')) ++level;
  if (level == 0 || level > 6 || level >= line.size() || !line[level].isSpace()) return false;
  block.kind = BlockKind::kHeading;
  block.level = static_cast<int>(level);
  block.text = line.mid(level).trimmed().toString();
  while (block.text.endsWith(QLatin1Char('#'))) block.text.chop(1);
  block.text = block.text.trimmed();
  return true;
}

bool listItem(QStringView line, MarkdownBlock& block) {
  const QStringView text = line.trimmed();
  qsizetype length = 0;
  if (text.size() >= 2 && QStringLiteral("-*+").contains(text[0]) && text[1].isSpace()) {
    length = 1;
    block.marker = QChar(0x2022);
  } else {
    while (length < text.size() && length < 9 && text[length].isDigit()) ++length;
    if (length == 0 || length + 1 >= text.size()) return false;
    if (text[length] != QLatin1Char('.') && text[length] != QLatin1Char(')')) return false;
    if (!text[length + 1].isSpace()) return false;
    block.marker = text.left(length).toString() + QLatin1Char('.');
    ++length;
  }
  block.kind = BlockKind::kListItem;
  block.level = static_cast<int>(std::min<qsizetype>(indentOf(line) / 2, 6));
  block.text = text.mid(length).trimmed().toString();
  return true;
}

QStringList cells(QStringView line) {
  QString text = line.trimmed().toString();
  if (text.startsWith(QLatin1Char('|'))) text.remove(0, 1);
  if (text.endsWith(QLatin1Char('|'))) text.chop(1);
  QStringList result = text.split(QLatin1Char('|'));
  for (QString& cell : result) cell = cell.trimmed();
  return result;
}

bool isTableRule(QStringView line) {
  if (!line.contains(QLatin1Char('|')) || !line.contains(QLatin1Char('-'))) return false;
  return std::all_of(line.begin(), line.end(),
                     [](QChar c) { return QStringLiteral("|-: \t").contains(c); });
}

class Parser {
 public:
  Parser(const QString& source, qsizetype from, QString fence) : fence_(std::move(fence)) {
    const QStringView all(source);
    while (from < all.size()) {
      qsizetype end = all.indexOf(QLatin1Char('\n'), from);
      if (end < 0) end = all.size();
      lines_.push_back({from, all.mid(from, end - from)});
      from = end + 1;
    }
  }

  std::vector<MarkdownBlock> parse() {
    while (at_ < lines_.size()) {
      if (fence_.isEmpty())
        block();
      else
        codeLine();
    }
    return std::move(blocks_);
  }

 private:
  MarkdownBlock& open(BlockKind kind) {
    MarkdownBlock& block = blocks_.emplace_back();
    block.kind = kind;
    block.start = lines_[at_].start;
    return block;
  }

  void codeLine() {
    const QStringView line = lines_[at_].text;
    const QString mark = fenceOf(line);
    if (!mark.isEmpty() && mark[0] == fence_[0] && mark.size() >= fence_.size() &&
        line.trimmed().size() == mark.size()) {
      fence_.clear();
    } else {
      MarkdownBlock& block = open(BlockKind::kCodeLine);
      block.text = line.toString();
      block.fence = fence_;
    }
    ++at_;
  }

  void block() {
    const QStringView line = lines_[at_].text;
    if (line.trimmed().isEmpty()) {
      ++at_;
      return;
    }
    MarkdownBlock found;
    found.start = lines_[at_].start;
    if (const QString fence = fenceOf(line); !fence.isEmpty()) {
      found.kind = BlockKind::kCodeHead;
      found.text = line.trimmed().mid(fence.size()).trimmed().toString();
      fence_ = fence;
    } else if (isRule(line)) {
      found.kind = BlockKind::kRule;
    } else if (!heading(line, found) && !listItem(line, found)) {
      return paragraph();
    }
    ++at_;
    if (found.kind == BlockKind::kListItem) absorb(found);
    blocks_.push_back(std::move(found));
  }

  // Lines that go on with the block: not empty and no construct of their own.
  void absorb(MarkdownBlock& block) {
    for (; at_ < lines_.size(); ++at_) {
      const QStringView line = lines_[at_].text;
      MarkdownBlock other;
      if (line.trimmed().isEmpty() || !fenceOf(line).isEmpty() || isRule(line) ||
          line.startsWith(QLatin1Char('>')) || heading(line, other) || listItem(line, other))
        return;
      block.text += QLatin1Char('\n') + line.trimmed().toString();
    }
  }

  void paragraph() {
    const QStringView line = lines_[at_].text;
    if (line.contains(QLatin1Char('|')) && at_ + 1 < lines_.size() &&
        isTableRule(lines_[at_ + 1].text))
      return table();
    if (line.trimmed().startsWith(QLatin1Char('>'))) return quote();
    MarkdownBlock& block = open(BlockKind::kParagraph);
    block.text = line.trimmed().toString();
    ++at_;
    absorb(block);
  }

  void quote() {
    MarkdownBlock& block = open(BlockKind::kQuote);
    for (; at_ < lines_.size(); ++at_) {
      const QStringView line = lines_[at_].text.trimmed();
      if (!line.startsWith(QLatin1Char('>'))) return;
      if (!block.text.isEmpty()) block.text += QLatin1Char('\n');
      block.text += line.mid(1).trimmed().toString();
    }
  }

  void table() {
    MarkdownBlock& block = open(BlockKind::kTable);
    block.rows.push_back(cells(lines_[at_].text));
    for (at_ += 2; at_ < lines_.size() && lines_[at_].text.contains(QLatin1Char('|')); ++at_)
      block.rows.push_back(cells(lines_[at_].text));
  }

  std::vector<Line> lines_;
  std::size_t at_ = 0;
  QString fence_;
  std::vector<MarkdownBlock> blocks_;
};

}  // namespace

std::vector<MarkdownBlock> parseMarkdown(const QString& source, qsizetype from,
                                         const QString& fence) {
  return Parser(source, from, fence).parse();
}

}  // namespace orrery::ui
