#include "ui/shell/command_palette.h"

#include <QAction>
#include <QKeyEvent>
#include <QLineEdit>
#include <QListWidget>
#include <QPainter>
#include <QTimer>
#include <QVBoxLayout>
#include <algorithm>

#include "ui/shell/fuzzy.h"
#include "ui/shell/theme.h"
#include "ui/widgets/row_delegate.h"
#include "ui/widgets/widgets.h"

namespace orrery::ui {
namespace {

QString plainText(const QAction& action) {
  return action.iconText().isEmpty() ? action.text() : action.iconText();
}

constexpr int kKeysRole = Qt::UserRole;
constexpr int kRowHeight = 32;

// A command with its shortcut at the right.
class CommandDelegate : public RowDelegate {
 public:
  explicit CommandDelegate(QObject* parent) : RowDelegate({100, kRowHeight}, parent) {}

 protected:
  void paintContent(QPainter& painter, const QRect& row, const QModelIndex& index) const override {
    painter.drawText(row, Qt::AlignVCenter, index.data().toString());
    painter.setPen(theme().muted);
    painter.drawText(row, Qt::AlignVCenter | Qt::AlignRight, index.data(kKeysRole).toString());
  }
};

}  // namespace

QList<QAction*> matchingActions(const QList<QAction*>& all, const QString& pattern) {
  QList<std::pair<int, QAction*>> scored;
  for (QAction* action : all) {
    if (!action->isEnabled() || action->isSeparator() || plainText(*action).isEmpty()) continue;
    if (const auto score = fuzzyScore(pattern, plainText(*action))) scored.append({*score, action});
  }
  std::stable_sort(scored.begin(), scored.end(),
                   [](const auto& a, const auto& b) { return a.first > b.first; });
  QList<QAction*> result;
  for (const auto& [score, action] : scored) result.append(action);
  return result;
}

CommandPalette::CommandPalette(QList<QAction*> actions, QWidget* parent)
    : QDialog(parent, Qt::Dialog | Qt::FramelessWindowHint), actions_(std::move(actions)) {
  setWindowTitle(tr("Command palette"));
  ofKind(this, "palette");
  query_ = named(new QLineEdit, "palette.query", tr("Search commands"));
  query_->setPlaceholderText(tr("Type a command"));
  query_->installEventFilter(this);
  list_ = named(new QListWidget, "palette.commands", tr("Commands"));
  ofKind(list_, "quiet");
  list_->setItemDelegate(new CommandDelegate(list_));
  list_->setFocusPolicy(Qt::NoFocus);  // the arrow keys work in the field
  list_->setMouseTracking(true);
  auto* layout = new QVBoxLayout(this);
  layout->setContentsMargins(12, 12, 12, 12);
  layout->setSpacing(8);
  layout->addWidget(query_);
  layout->addWidget(list_);
  connect(query_, &QLineEdit::textChanged, this, &CommandPalette::showMatches);
  connect(query_, &QLineEdit::returnPressed, this, &CommandPalette::runSelected);
  connect(list_, &QListWidget::itemClicked, this, &CommandPalette::runSelected);
  connect(list_, &QListWidget::itemActivated, this, &CommandPalette::runSelected);
  showMatches({});
  resize(560, 440);
  if (parent) move(parent->mapToGlobal(QPoint((parent->width() - width()) / 2, 90)));
}

bool CommandPalette::eventFilter(QObject* watched, QEvent* event) {
  if (watched == query_ && event->type() == QEvent::KeyPress) {
    const int key = static_cast<QKeyEvent*>(event)->key();
    const int step = key == Qt::Key_Down ? 1 : key == Qt::Key_Up ? -1 : 0;
    if (step != 0 && list_->count() > 0) {
      list_->setCurrentRow(std::clamp(list_->currentRow() + step, 0, list_->count() - 1));
      return true;
    }
  }
  return QDialog::eventFilter(watched, event);
}

void CommandPalette::showMatches(const QString& pattern) {
  shown_ = matchingActions(actions_, pattern);
  list_->clear();
  for (const QAction* action : shown_) {
    auto* item = new QListWidgetItem(plainText(*action), list_);
    item->setData(kKeysRole, action->shortcut().toString(QKeySequence::NativeText));
  }
  if (list_->count() > 0) list_->setCurrentRow(0);
}

void CommandPalette::runSelected() {
  const int row = list_->currentRow();
  if (row < 0 || row >= shown_.size()) return;
  QAction* action = shown_[row];
  accept();
  QTimer::singleShot(0, action, &QAction::trigger);
}

}  // namespace orrery::ui
