#pragma once

#include <QHash>
#include <QScrollArea>

#include "ui/chat/chat_state.h"

class QPushButton;
class QVBoxLayout;

namespace orrery::ui {

class ChatSession;
class MessageWidget;

/// The shown branch of a conversation. Follows its end while it grows, unless the user scrolled up.
/// A long branch shows its last messages first and the others when asked.
class MessageList : public QScrollArea {
  Q_OBJECT

 public:
  explicit MessageList(ChatSession& session, QWidget* parent = nullptr);

  void setTinted(bool tinted);
  /// Moves the keyboard to the text of the last answer: with tinted tokens, to the first of them.
  void focusLastAnswer();
  /// Tab goes from `before` through the messages to `after`.
  void setFocusNeighbours(QWidget* before, QWidget* after);
  bool tinted() const { return tinted_; }

 private:
  void showPath();
  void refresh(qint64 message);
  void updateBusy();
  MessageWidget* makeMessage(const ChatMessage& message);
  void openAlternatives(qint64 message, int index, const QPoint& at);
  void keepAtEnd();
  void chainFocus();

  ChatSession& session_;
  QWidget* before_ = nullptr;
  QWidget* after_ = nullptr;
  QVBoxLayout* layout_;
  QPushButton* earlier_;
  QHash<qint64, MessageWidget*> widgets_;
  std::size_t limit_;
  bool tinted_ = false;
  bool atEnd_ = true;
};

}  // namespace orrery::ui
