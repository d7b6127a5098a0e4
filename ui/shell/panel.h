#pragma once

#include <QWidget>

namespace orrery::ui {

/// One of the window's panels, as the window, its command line and what is dropped on it see it.
class Panel : public QWidget {
  Q_OBJECT

 public:
  using QWidget::QWidget;

  /// Chooses the model: a folder, a GGUF file or a name of the hub.
  virtual void setModel(const QString& model) = 0;
  /// Fills in what is asked.
  virtual void setPrompt(const QString&) {}
  /// Whether a dropped file or folder of this name is for this panel.
  virtual bool takesFile(const QString&) const { return false; }
  virtual void openFile(const QString&) {}
  /// Opens what was dropped together; of several, most panels take the first.
  virtual void openFiles(const QStringList& files) { openFile(files.front()); }
  /// Starts the panel's work, on Ctrl+Return.
  virtual void run() {}
  virtual void stop() {}
  /// Whether work of its own is under way.
  virtual bool busy() const { return false; }
  /// Gives the keyboard to the part that a person uses first.
  virtual void focusMain() = 0;

 signals:
  /// For the line at the window's foot.
  void failed(const QString& reason);
};

}  // namespace orrery::ui
