#pragma once

#include <QStyledItemDelegate>

namespace orrery::ui {

/// Draws the rows of a popup's list: one height, a rounded mark behind the chosen row and the one
/// under the mouse. What stands in a row is drawn by a subclass.
class RowDelegate : public QStyledItemDelegate {
 public:
  RowDelegate(QSize rowSize, QObject* parent) : QStyledItemDelegate(parent), rowSize_(rowSize) {}

  QSize sizeHint(const QStyleOptionViewItem&, const QModelIndex&) const override {
    return rowSize_;
  }
  void paint(QPainter* painter, const QStyleOptionViewItem& option,
             const QModelIndex& index) const final;

 protected:
  /// `row` is the room between the margins; the painter has the list's font and the text's colour,
  /// and what is changed of it ends with the row.
  virtual void paintContent(QPainter& painter, const QRect& row,
                            const QModelIndex& index) const = 0;

 private:
  QSize rowSize_;
};

}  // namespace orrery::ui
