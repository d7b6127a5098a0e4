#include "ui/widgets/progress_delegate.h"

#include <QPainter>
#include <algorithm>

#include "ui/shell/theme.h"

namespace orrery::ui {

void ProgressDelegate::paint(QPainter* painter, const QStyleOptionViewItem& option,
                             const QModelIndex& index) const {
  QStyledItemDelegate::paint(painter, option, index);
  const double part = part_(index.row());
  if (part < 0) return;
  const QRect bar(option.rect.left() + 8, option.rect.bottom() - 6, option.rect.width() - 16, 3);
  painter->fillRect(bar, theme().raised);
  painter->fillRect(QRectF(bar.x(), bar.y(), bar.width() * std::min(part, 1.0), bar.height()),
                    theme().accent);
}

}  // namespace orrery::ui
