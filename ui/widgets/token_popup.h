#pragma once

#include <QFrame>

#include "ui/chat/chat_state.h"

class QListWidget;

namespace orrery::ui {

/// The alternatives of one token, each with a bar of its probability. Choosing one (click, or
/// Enter) emits chosen and closes; Esc or a click elsewhere only closes.
class TokenPopup : public QFrame {
  Q_OBJECT

 public:
  TokenPopup(const ShownToken& token, const QPoint& globalPosition, QWidget* parent);

 signals:
  void chosen(const orrery::ui::Alternative& alternative);

 private:
  void choose(int row);

  std::vector<Alternative> alternatives_;
  QListWidget* list_;
};

}  // namespace orrery::ui
