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

constexpr int kPadding = 6;

QString shownText(const HeardSegment& segment) {
  QString text;
  for (const HeardWord& word : segment.words) text += word.text;
  return text;
}

// The space in front of a line is not shown.
int leadingSpaces(const QString& text) {
  int count = 0;
  while (count < text.size() && text[count].isSpace()) ++count;
  return count;
}

}  // namespace

void WordsDelegate::setCurrent(int row, int word) {
  row_ = row;
  word_ = word;
}

const HeardSegment& WordsDelegate::segmentOf(const QModelIndex& index) {
  return static_cast<const TranscriptModel*>(index.model())->segment(index.row());
}

// Where each word ends in the text without the space before it.
std::vector<int> WordsDelegate::ends(const HeardSegment& segment) {
  std::vector<int> ends;
  int at = -leadingSpaces(shownText(segment));
  for (const HeardWord& word : segment.words)
    ends.push_back(at += static_cast<int>(word.text.size()));
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
  const HeardSegment& segment = segmentOf(index);
  QTextLayout layout(shownText(segment).trimmed(), QApplication::font());
  layOut(layout, cell.width() - 2 * kPadding);
  const QPoint inside = place - cell.topLeft() - QPoint(kPadding, kPadding);
  for (int i = 0; i < layout.lineCount(); ++i) {
    const QTextLine line = layout.lineAt(i);
    if (!line.naturalTextRect().contains(inside)) continue;
    const int cursor = line.xToCursor(inside.x(), QTextLine::CursorOnCharacter);
    const auto all = ends(segment);
    const auto found = std::ranges::upper_bound(all, cursor);
    return found == all.end() ? -1 : static_cast<int>(found - all.begin());
  }
  return -1;
}

void WordsDelegate::paint(QPainter* painter, const QStyleOptionViewItem& option,
                          const QModelIndex& index) const {
  const HeardSegment& segment = segmentOf(index);
  const QString text = shownText(segment);
  QTextLayout layout(text.trimmed(), QApplication::font());
  const bool draft = static_cast<const TranscriptModel*>(index.model())->isDraft(index.row());
  QList<QTextLayout::FormatRange> formats;
  const auto all = ends(segment);
  int begin = 0;
  for (std::size_t i = 0; i < segment.words.size(); ++i) {
    const HeardWord& word = segment.words[i];
    const int skipped = begin > 0 ? leadingSpaces(word.text) : 0;
    QTextLayout::FormatRange range{begin + skipped, all[i] - begin - skipped, {}};
    const QColor tint = theme().tint(word.probability);
    if (tint.alpha() > 0) range.format.setBackground(tint);
    if (index.row() == row_ && static_cast<int>(i) == word_) {
      range.format.setBackground(theme().accent);
      range.format.setForeground(theme().onAccent);
    }
    if (range.length > 0) formats += range;
    begin = all[i];
  }
  layout.setFormats(formats);
  layOut(layout, option.rect.width() - 2 * kPadding);
  QStyleOptionViewItem background = option;
  initStyleOption(&background, index);
  background.text.clear();
  const QWidget* view = option.widget;
  (view ? view->style() : QApplication::style())
      ->drawControl(QStyle::CE_ItemViewItem, &background, painter, view);
  painter->save();
  painter->setClipRect(option.rect);
  painter->setPen(draft ? theme().muted : theme().text);
  layout.draw(painter, option.rect.topLeft() + QPoint(kPadding, kPadding));
  painter->restore();
}

QSize WordsDelegate::sizeHint(const QStyleOptionViewItem& option, const QModelIndex& index) const {
  const auto* table = qobject_cast<const QTableView*>(option.widget);
  const int width = table ? table->columnWidth(index.column()) : option.rect.width();
  QTextLayout layout(shownText(segmentOf(index)).trimmed(), QApplication::font());
  const double height = layOut(layout, width - 2 * kPadding);
  return {width,
          static_cast<int>(std::max(height, 1.0 * option.fontMetrics.height())) + 2 * kPadding};
}

QWidget* WordsDelegate::createEditor(QWidget* parent, const QStyleOptionViewItem& option,
                                     const QModelIndex& index) const {
  QWidget* editor = QStyledItemDelegate::createEditor(parent, option, index);
  editor->setObjectName(QStringLiteral("speech.editText"));
  editor->setAccessibleName(tr("Text of the segment"));
  return editor;
}

}  // namespace orrery::ui
