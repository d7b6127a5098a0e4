#include "ui/widgets/row_delegate.h"

#include <QPainter>

#include "ui/shell/theme.h"

namespace orrery::ui {

void RowDelegate::paint(QPainter* painter, const QStyleOptionViewItem& option,
                        const QModelIndex& index) const {
  constexpr int kMargin = 10;
  constexpr int kRadius = 6;
  painter->save();
  painter->setRenderHint(QPainter::Antialiasing);
  if (option.state & (QStyle::State_Selected | QStyle::State_MouseOver)) {
    painter->setPen(Qt::NoPen);
    painter->setBrush(option.state & QStyle::State_Selected ? theme().accentSoft : theme().raised);
    painter->drawRoundedRect(option.rect.adjusted(1, 1, -1, -1), kRadius, kRadius);
  }
  painter->setFont(option.font);
  painter->setPen(theme().text);
  paintContent(*painter, option.rect.adjusted(kMargin, 0, -kMargin, 0), index);
  painter->restore();
}

}  // namespace orrery::ui
