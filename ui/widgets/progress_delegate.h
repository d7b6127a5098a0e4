#pragma once

#include <QStyledItemDelegate>
#include <functional>

namespace orrery::ui {

/// Draws a bar below the text of a cell.
class ProgressDelegate : public QStyledItemDelegate {
 public:
  /// `part` of a row: 0 to 1; below 0: no bar.
  ProgressDelegate(std::function<double(int row)> part, QObject* parent)
      : QStyledItemDelegate(parent), part_(std::move(part)) {}

  void paint(QPainter* painter, const QStyleOptionViewItem& option,
             const QModelIndex& index) const override;

 private:
  std::function<double(int)> part_;
};

}  // namespace orrery::ui
