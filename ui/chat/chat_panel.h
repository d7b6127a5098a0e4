#pragma once

#include <QTimer>

#include "ui/chat/chat_session.h"
#include "ui/shell/panel.h"

class QFrame;
class QLabel;
class QPlainTextEdit;
class QPushButton;
class QStackedWidget;
class QToolButton;

namespace orrery::ui {

class Composer;
class ConversationList;
class MessageList;
class ModelPicker;

/// The conversation with a model.
class ChatPanel : public Panel {
  Q_OBJECT

 public:
  explicit ChatPanel(Services& services, QWidget* parent = nullptr);

  void setModel(const QString& model) override;
  void setPrompt(const QString& prompt) override;
  /// Attaches a picture.
  void openFile(const QString& file) override { attach({file}); }
  void attach(const QStringList& pictures);
  /// Sends what stands in the composer.
  void run() override;
  void stop() override { session_->stop(); }
  ChatSession& session() { return *session_; }
  void focusSearch();
  void focusMain() override;
  void focusLastAnswer();
  void setTinted(bool tinted);
  void toggleSystemPrompt();

 private:
  QWidget* makeHeader();
  QWidget* makeNotice();
  QWidget* makeConversation();
  void countTokens();
  void updateState();
  QString engineText() const;

  Services& services_;
  ChatSession* session_;
  ConversationList* conversations_;
  ModelPicker* picker_;
  QLabel* status_;
  QFrame* notice_;  ///< the engine failed
  QLabel* problem_;
  QPushButton* restart_;
  QToolButton* tint_;
  QToolButton* systemToggle_;
  QPlainTextEdit* system_;
  QStackedWidget* pages_;
  MessageList* messages_;
  Composer* composer_;
  QTimer count_;
  bool sendLater_ = false;  ///< a message waits for a model to be chosen
};

}  // namespace orrery::ui
