#include "ui/chat/conversation_list.h"

#include <QLabel>
#include <QLineEdit>
#include <QListWidget>
#include <QPushButton>
#include <QShortcut>
#include <QSignalBlocker>
#include <QTimer>
#include <QToolButton>
#include <QVBoxLayout>

#include "core/base/error.h"
#include "ui/chat/chat_session.h"
#include "ui/chat/conversation_store.h"
#include "ui/widgets/widgets.h"

namespace orrery::ui {
namespace {

constexpr int kIdRole = Qt::UserRole;
constexpr int kUndoMilliseconds = 12000;

}  // namespace

ConversationList::ConversationList(ConversationStore& store, ChatSession& session, QWidget* parent)
    : QFrame(parent), store_(store), session_(session) {
  ofKind(this, "sidebar");
  setMinimumWidth(180);
  auto* layout = new QVBoxLayout(this);
  layout->setContentsMargins(12, 12, 12, 12);
  layout->setSpacing(8);
  auto* row = new QHBoxLayout;
  search_ = named(new QLineEdit, "chat.search", tr("Search conversations"));
  search_->setPlaceholderText(tr("Search"));
  search_->setClearButtonEnabled(true);
  auto* fresh = makeIconButton("plus", tr("New conversation (Ctrl+N)"), "chat.new");
  row->addWidget(search_, 1);
  row->addWidget(fresh);
  layout->addLayout(row);
  list_ = ofKind(named(new QListWidget, "chat.conversations", tr("Conversations")), "quiet");
  list_->setTextElideMode(Qt::ElideRight);
  list_->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
  empty_ = makeLabel({}, "small");
  empty_->setWordWrap(true);
  layout->addWidget(empty_);
  layout->addWidget(list_, 1);
  undo_ = ofKind(new QFrame, "toast");
  auto* undoRow = new QHBoxLayout(undo_);
  undoRow->setContentsMargins(10, 6, 6, 6);
  undoText_ = makeLabel(tr("Deleted"));
  auto* undoButton = makeButton(tr("Undo"), "chat.undoDelete");
  undoRow->addWidget(undoText_, 1);
  undoRow->addWidget(undoButton);
  undo_->hide();
  layout->addWidget(undo_);
  undoTimer_ = new QTimer(this);
  undoTimer_->setSingleShot(true);
  undoTimer_->setInterval(kUndoMilliseconds);
  connect(undoTimer_, &QTimer::timeout, undo_, &QWidget::hide);

  auto* removeKey = new QShortcut(QKeySequence::Delete, list_);
  removeKey->setContext(Qt::WidgetShortcut);
  connect(removeKey, &QShortcut::activated, this, &ConversationList::removeSelected);
  list_->setContextMenuPolicy(Qt::ActionsContextMenu);
  auto* remove = new QAction(tr("Delete conversation"), list_);
  list_->addAction(remove);
  connect(remove, &QAction::triggered, this, &ConversationList::removeSelected);
  connect(fresh, &QToolButton::clicked, &session_, &ChatSession::openNew);
  connect(undoButton, &QPushButton::clicked, this, &ConversationList::undoRemove);
  connect(search_, &QLineEdit::textChanged, this, &ConversationList::fill);
  connect(list_, &QListWidget::itemClicked, this, &ConversationList::openSelected);
  connect(list_, &QListWidget::itemActivated, this, &ConversationList::openSelected);
  connect(&session_, &ChatSession::saved, this, &ConversationList::fill);
  connect(&session_, &ChatSession::opened, this, &ConversationList::fill);
  fill();
}

void ConversationList::focusSearch() {
  search_->setFocus();
}

void ConversationList::fill() {
  const QSignalBlocker quiet(list_);
  list_->clear();
  try {
    for (const ConversationSummary& summary : store_.list(search_->text())) {
      auto* item =
          new QListWidgetItem(summary.title.isEmpty() ? tr("Untitled") : summary.title, list_);
      item->setData(kIdRole, summary.id);
      item->setToolTip(QLocale().toString(summary.updated, QLocale::ShortFormat));
      item->setSizeHint(QSize(0, 34));
      if (summary.id == session_.state().id) list_->setCurrentItem(item);
    }
  } catch (const Error& error) {
    emit failed(QString::fromUtf8(error.what()));
  }
  showWhetherEmpty();
}

void ConversationList::showWhetherEmpty() {
  empty_->setText(search_->text().isEmpty() ? tr("Conversations are kept here.")
                                            : tr("Nothing found."));
  empty_->setVisible(list_->count() == 0);
}

void ConversationList::openSelected() {
  const QListWidgetItem* item = list_->currentItem();
  if (!item || item->data(kIdRole).toLongLong() == session_.state().id) return;
  try {
    session_.open(item->data(kIdRole).toLongLong());
  } catch (const Error& error) {
    emit failed(QString::fromUtf8(error.what()));
  }
}

void ConversationList::removeSelected() {
  const QListWidgetItem* item = list_->currentItem();
  if (!item) return;
  removed_ = item->data(kIdRole).toLongLong();
  undoText_->setText(tr("Deleted \u201C%1\u201D").arg(item->text().left(18)));
  try {
    store_.remove(removed_);
  } catch (const Error& error) {
    emit failed(QString::fromUtf8(error.what()));
    return;
  }
  if (session_.state().id == removed_) session_.openNew();
  undo_->show();
  undoTimer_->start();
  fill();
}

void ConversationList::undoRemove() {
  undo_->hide();
  try {
    store_.restore(removed_);
    session_.open(removed_);
  } catch (const Error& error) {
    emit failed(QString::fromUtf8(error.what()));
  }
  fill();
}

}  // namespace orrery::ui
