#pragma once

#include <QFrame>

class QLabel;
class QPlainTextEdit;
class QToolButton;

namespace orrery::ui {

class PictureStrip;

/// Where the next message is written. Enter sends, Shift+Enter begins a line.
class Composer : public QFrame {
  Q_OBJECT

 public:
  explicit Composer(QWidget* parent = nullptr);

  QString text() const;
  const QStringList& pictures() const;  ///< files that go with the text
  void setText(const QString& text);
  void clear();
  void setBusy(bool busy);
  /// Tokens of the conversation with this draft, and the model's limit (0: none known).
  void setTokenCount(int tokens, int limit);
  void setCanSend(bool can);
  /// Why the pictures cannot be sent, in one sentence; empty if they can.
  void setProblem(const QString& problem);
  void attach(const QStringList& pictures);
  /// Takes pictures that are dropped anywhere on that widget, too.
  void takeDropsOn(QWidget* area);

 signals:
  void sendAsked();
  void stopAsked();
  void textChanged();
  void picturesChanged();

 protected:
  bool eventFilter(QObject* watched, QEvent* event) override;

 private:
  void updateActions();
  void fitHeight();

  PictureStrip* pictures_;
  QPlainTextEdit* edit_;
  QToolButton* send_;
  QLabel* counter_;
  QLabel* problem_;
  bool busy_ = false;
  bool canSend_ = true;
};

}  // namespace orrery::ui
