#pragma once

#include <QFrame>

class QLabel;
class QPlainTextEdit;
class QToolButton;

namespace orrery::ui {

/// Where the next message is written. Enter sends, Shift+Enter begins a line.
class Composer : public QFrame {
  Q_OBJECT

 public:
  explicit Composer(QWidget* parent = nullptr);

  QString text() const;
  void setText(const QString& text);
  void clear();
  void setBusy(bool busy);
  /// Tokens of the conversation with this draft, and the model's limit (0: none known).
  void setTokenCount(int tokens, int limit);
  void setCanSend(bool can);

 signals:
  void sendAsked();
  void stopAsked();
  void textChanged();

 protected:
  bool eventFilter(QObject* watched, QEvent* event) override;

 private:
  void updateActions();
  void fitHeight();

  QPlainTextEdit* edit_;
  QToolButton* send_;
  QLabel* counter_;
  bool busy_ = false;
  bool canSend_ = true;
};

}  // namespace orrery::ui
