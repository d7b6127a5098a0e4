#pragma once

#include <QStyledItemDelegate>
#include <QTextLayout>
#include <vector>

#include "ui/speech/word_alignment.h"

namespace orrery::ui {

/// Draws the words of a segment in lines, tinted by how unlikely they are; beside another
/// transcript, by whether that has them too.
class WordsDelegate : public QStyledItemDelegate {
  Q_OBJECT

 public:
  using QStyledItemDelegate::QStyledItemDelegate;

  /// The word that stands out, such as the one that is heard; -1: none.
  void setCurrent(const QModelIndex& cell, int word);
  int currentRow() const { return row_; }
  /// The word of a cell that stands out, or -1.
  int currentWord(const QModelIndex& cell) const;
  /// The word at a place of a cell, or -1.
  int wordAt(const QModelIndex& index, const QRect& cell, const QPoint& place) const;

  void paint(QPainter* painter, const QStyleOptionViewItem& option,
             const QModelIndex& index) const override;
  QSize sizeHint(const QStyleOptionViewItem& option, const QModelIndex& index) const override;
  QWidget* createEditor(QWidget* parent, const QStyleOptionViewItem& option,
                        const QModelIndex& index) const override;

 private:
  static const std::vector<HeardWord>& wordsOf(const QModelIndex& index);
  static double layOut(QTextLayout& layout, double width);
  static std::vector<int> ends(const std::vector<HeardWord>& words);
  QTextCharFormat formatOf(const QModelIndex& index, std::size_t word) const;

  int row_ = -1;
  int column_ = -1;
  int word_ = -1;
};

}  // namespace orrery::ui
