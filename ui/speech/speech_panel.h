#pragma once

#include "ui/shell/panel.h"
#include "ui/speech/listen_page.h"

namespace orrery::ui {

/// Speech and text: what is said in recordings.
class SpeechPanel : public Panel {
  Q_OBJECT

 public:
  explicit SpeechPanel(Services& services, QWidget* parent = nullptr);

  void setModel(const QString& model) override { listen_->setModel(model); }
  bool takesFile(const QString& name) const override { return isSoundName(name); }
  /// Adds a recording and shows it.
  void openFile(const QString& file) override { listen_->openSound(file); }
  void openFiles(const QStringList& files) override;
  void run() override { listen_->run(); }
  void stop() override { listen_->stop(); }
  bool busy() const override { return listen_->busy(); }
  void focusMain() override { listen_->focusMain(); }

  ListenPage& listen() { return *listen_; }

 private:
  ListenPage* listen_;
};

}  // namespace orrery::ui
