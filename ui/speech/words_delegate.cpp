#include "ui/speech/words_delegate.h"

#include <QApplication>
#include <QLineEdit>
#include <QPainter>
#include <QTableView>
#include <algorithm>

#include "ui/shell/theme.h"
#include "ui/speech/transcript_model.h"

namespace orrery::ui {
namespace {

constexpr int kAcross = 11;  // room around the words: they stand below their title,
constexpr int kDown = 5;     // beside their times

QString shownText(const std::vector<HeardWord>& words) {
  QString text;
  for (const HeardWord& word : words) text += word.text;
  return text;
}

// The space in front of a line is not shown.
int leadingSpaces(const QString& text) {
  int count = 0;
  while (count < text.size() && text[count].isSpace()) ++count;
  return count;
}

}  // namespace

void WordsDelegate::setCurrent(const QModelIndex& cell, int word) {
  row_ = cell.row();
  column_ = cell.column();
  word_ = word;
}

int WordsDelegate::currentWord(const QModelIndex& cell) const {
  return cell.row() == row_ && cell.column() == column_ ? word_ : -1;
}

const std::vector<HeardWord>& WordsDelegate::wordsOf(const QModelIndex& index) {
  return static_cast<const TranscriptModel*>(index.model())->words(index);
}

// Where each word ends in the text without the space before it.
std::vector<int> WordsDelegate::ends(const std::vector<HeardWord>& words) {
  std::vector<int> ends;
  int at = -leadingSpaces(shownText(words));
  for (const HeardWord& word : words) ends.push_back(at += static_cast<int>(word.text.size()));
  return ends;
}

double WordsDelegate::layOut(QTextLayout& layout, double width) {
  QTextOption option;
  option.setWrapMode(QTextOption::WrapAtWordBoundaryOrAnywhere);
  layout.setTextOption(option);
  double height = 0;
  layout.beginLayout();
  for (QTextLine line = layout.createLine(); line.isValid(); line = layout.createLine()) {
    line.setLineWidth(std::max(1.0, width));
    line.setPosition({0, height});
    height += line.height();
  }
  layout.endLayout();
  return height;
}

int WordsDelegate::wordAt(const QModelIndex& index, const QRect& cell, const QPoint& place) const {
  const auto& words = wordsOf(index);
  QTextLayout layout(shownText(words).trimmed(), QApplication::font());
  layOut(layout, cell.width() - 2 * kAcross);
  const QPoint inside = place - cell.topLeft() - QPoint(kAcross, kDown);
  for (int i = 0; i < layout.lineCount(); ++i) {
    const QTextLine line = layout.lineAt(i);
    if (!line.naturalTextRect().contains(inside)) continue;
    const int cursor = line.xToCursor(inside.x(), QTextLine::CursorOnCharacter);
    const auto all = ends(words);
    const auto found = std::ranges::upper_bound(all, cursor);
    return found == all.end() ? -1 : static_cast<int>(found - all.begin());
  }
  return -1;
}

QTextCharFormat WordsDelegate::formatOf(const QModelIndex& index, std::size_t word) const {
  QTextCharFormat format;
  const Theme& t = theme();
  const auto& matches = static_cast<const TranscriptModel*>(index.model())->matches(index);
  const bool compared = word < matches.size();
  const QColor tint = t.tint(wordsOf(index)[word].probability);
  if (!compared && tint.alpha() > 0) format.setBackground(tint);
  if (compared && matches[word] != WordMatch::kSame) {
    const bool replaced = matches[word] == WordMatch::kReplaced;
    QColor mark = replaced ? t.warning : t.danger;
    format.setUnderlineColor(mark);
    // Not by colour alone: what only one has is underlined, what reads otherwise by dots.
    format.setUnderlineStyle(replaced ? QTextCharFormat::DotLine
                                      : QTextCharFormat::SingleUnderline);
    mark.setAlphaF(t.dark ? 0.30F : 0.22F);
    format.setBackground(mark);
  }
  if (static_cast<int>(word) == currentWord(index)) {
    format.setBackground(t.accent);
    format.setForeground(t.onAccent);
  }
  return format;
}

void WordsDelegate::paint(QPainter* painter, const QStyleOptionViewItem& option,
                          const QModelIndex& index) const {
  const auto& words = wordsOf(index);
  QTextLayout layout(shownText(words).trimmed(), QApplication::font());
  const bool draft = static_cast<const TranscriptModel*>(index.model())->isDraft(index.row());
  QList<QTextLayout::FormatRange> formats;
  const auto all = ends(words);
  int begin = 0;
  for (std::size_t i = 0; i < words.size(); ++i) {
    const int skipped = begin > 0 ? leadingSpaces(words[i].text) : 0;
    QTextLayout::FormatRange range{begin + skipped, all[i] - begin - skipped, formatOf(index, i)};
    if (range.length > 0) formats += range;
    begin = all[i];
  }
  layout.setFormats(formats);
  layOut(layout, option.rect.width() - 2 * kAcross);
  QStyleOptionViewItem background = option;
  initStyleOption(&background, index);
  background.text.clear();
  const QWidget* view = option.widget;
  (view ? view->style() : QApplication::style())
      ->drawControl(QStyle::CE_ItemViewItem, &background, painter, view);
  painter->save();
  painter->setClipRect(option.rect);
  painter->setPen(draft ? theme().muted : theme().text);
  layout.draw(painter, option.rect.topLeft() + QPoint(kAcross, kDown));
  painter->restore();
}

QSize WordsDelegate::sizeHint(const QStyleOptionViewItem& option, const QModelIndex& index) const {
  const auto* table = qobject_cast<const QTableView*>(option.widget);
  const int width = table ? table->columnWidth(index.column()) : option.rect.width();
  QTextLayout layout(shownText(wordsOf(index)).trimmed(), QApplication::font());
  const double height = layOut(layout, width - 2 * kAcross);
  return {width, static_cast<int>(std::max(height, 1.0 * option.fontMetrics.height())) + 2 * kDown};
}

QWidget* WordsDelegate::createEditor(QWidget* parent, const QStyleOptionViewItem& option,
                                     const QModelIndex& index) const {
  QWidget* editor = QStyledItemDelegate::createEditor(parent, option, index);
  editor->setObjectName(QStringLiteral("speech.editText"));
  editor->setAccessibleName(tr("Text of the segment"));
  return editor;
}

}  // namespace orrery::ui
