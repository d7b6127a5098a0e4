#pragma once

#include <QDialog>
#include <QList>

class QAction;
class QLineEdit;
class QListWidget;

namespace orrery::ui {

/// The actions of `all` that match `pattern`, best first; disabled and nameless ones are left out.
QList<QAction*> matchingActions(const QList<QAction*>& all, const QString& pattern);

/// Ctrl+K: type a few letters of a command, Enter runs it.
class CommandPalette : public QDialog {
  Q_OBJECT

 public:
  CommandPalette(QList<QAction*> actions, QWidget* parent);

 protected:
  bool eventFilter(QObject* watched, QEvent* event) override;

 private:
  void showMatches(const QString& pattern);
  void runSelected();

  QList<QAction*> actions_;
  QList<QAction*> shown_;
  QLineEdit* query_;
  QListWidget* list_;
};

}  // namespace orrery::ui
