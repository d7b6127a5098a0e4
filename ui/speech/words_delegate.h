#pragma once

#include <QStyledItemDelegate>
#include <QTextLayout>
#include <vector>

#include "ui/speech/transcript.h"

namespace orrery::ui {

/// Draws the words of a segment in lines, tinted by how unlikely they are.
class WordsDelegate : public QStyledItemDelegate {
  Q_OBJECT

 public:
  using QStyledItemDelegate::QStyledItemDelegate;

  /// The word that stands out, such as the one that is heard; -1: none.
  void setCurrent(int row, int word);
  int currentRow() const { return row_; }
  int currentWord() const { return word_; }
  /// The word at a place of a cell, or -1.
  int wordAt(const QModelIndex& index, const QRect& cell, const QPoint& place) const;

  void paint(QPainter* painter, const QStyleOptionViewItem& option,
             const QModelIndex& index) const override;
  QSize sizeHint(const QStyleOptionViewItem& option, const QModelIndex& index) const override;
  QWidget* createEditor(QWidget* parent, const QStyleOptionViewItem& option,
                        const QModelIndex& index) const override;

 private:
  static const HeardSegment& segmentOf(const QModelIndex& index);
  static double layOut(QTextLayout& layout, double width);
  static std::vector<int> ends(const HeardSegment& segment);

  int row_ = -1;
  int word_ = -1;
};

}  // namespace orrery::ui
