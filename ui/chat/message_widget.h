#pragma once

#include <QWidget>

#include "ui/chat/chat_state.h"

class QFrame;
class QLabel;
class QPlainTextEdit;
class QPushButton;
class QToolButton;
class QVBoxLayout;

namespace orrery::ui {

class MarkdownView;
class PictureStrip;

/// One message of the chat: its text, the actions on it, its versions and how it was made.
class MessageWidget : public QWidget {
  Q_OBJECT

 public:
  explicit MessageWidget(qint64 message, Role role, QWidget* parent = nullptr);

  qint64 messageId() const { return id_; }
  /// Shows the message as it is now. `versions` are the ids of its versions.
  void show(const ChatMessage& message, const std::vector<qint64>& versions, bool tinted);
  /// Disables what cannot be done while an answer is generated.
  /// What Tab stops at, in order.
  QList<QWidget*> focusStops() const;
  void focusText();
  void setBusy(bool busy, bool generatesThis);

 signals:
  void edited(qint64 message, const QString& text);
  void regenerateAsked(qint64 message);
  void versionAsked(qint64 message);
  void restartAsked();
  void tokenClicked(qint64 message, int index, const QPoint& globalPosition);

 private:
  QWidget* makeHeader();
  QFrame* makeNotice();
  void beginEdit();
  void endEdit(bool keep);
  void showFigures(const ChatMessage& message);
  void step(int by);
  template <class Widget>
  Widget* own(Widget* widget, const char* action, const QString& text);

  qint64 id_;
  Role role_;
  QString text_;
  std::vector<qint64> versions_;
  QVBoxLayout* body_;
  QLabel* author_;
  QLabel* version_;
  QToolButton* previous_;
  QToolButton* next_;
  QToolButton* copy_;
  QPushButton* again_;
  QToolButton* edit_;
  QToolButton* retry_ = nullptr;
  PictureStrip* pictures_;
  MarkdownView* view_;
  QLabel* figures_;
  QFrame* notice_;
  QLabel* noticeText_;
  QWidget* editor_ = nullptr;
  QPlainTextEdit* draft_ = nullptr;
};

}  // namespace orrery::ui
