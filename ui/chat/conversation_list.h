#pragma once

#include <QFrame>

class QLabel;
class QLineEdit;
class QListWidget;
class QTimer;

namespace orrery::ui {

class ChatSession;
class ConversationStore;

/// The kept conversations: search, open, begin, delete with undo.
class ConversationList : public QFrame {
  Q_OBJECT

 public:
  ConversationList(ConversationStore& store, ChatSession& session, QWidget* parent = nullptr);

  void focusSearch();

 signals:
  void failed(const QString& reason);

 private:
  void fill();
  void showWhetherEmpty();
  void openSelected();
  void removeSelected();
  void undoRemove();

  ConversationStore& store_;
  ChatSession& session_;
  QLineEdit* search_;
  QLabel* empty_;
  QListWidget* list_;
  QFrame* undo_;
  QLabel* undoText_;
  QTimer* undoTimer_;
  qint64 removed_ = 0;
};

}  // namespace orrery::ui
