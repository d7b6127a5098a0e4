#pragma once

#include <optional>

#include "core/protocol/library.h"
#include "ui/shell/panel.h"
#include "ui/shell/services.h"

class QButtonGroup;
class QStackedWidget;

namespace orrery::ui {

class ListenPage;
class SpeakPage;

/// Speech and text, both ways: what is said in recordings, and texts that are spoken.
class SpeechPanel : public Panel {
  Q_OBJECT

 public:
  enum View { kListen, kSpeak };

  explicit SpeechPanel(Services& services, QWidget* parent = nullptr);

  /// The view for a model that writes down speech or speaks, by its class; nothing for others.
  static std::optional<View> viewFor(const protocol::ModelEntry& model);

  void showView(View view);
  View view() const;
  /// The model of the view that is shown.
  void setModel(const QString& model) override;
  /// A text that is spoken; shows that view.
  void setPrompt(const QString& text) override;
  bool takesFile(const QString& name) const override;
  /// Shows a recording among those that are listened to.
  void openFile(const QString& file) override;
  void openFiles(const QStringList& files) override;
  void run() override;   ///< what the shown view does
  void stop() override;  ///< in both views
  bool busy() const override;
  void focusMain() override;

  ListenPage& listen() { return *listen_; }
  SpeakPage& speak() { return *speak_; }

 private:
  QWidget* makeHead();

  Services& services_;
  ListenPage* listen_;
  SpeakPage* speak_;
  QButtonGroup* switch_;
  QStackedWidget* pages_;
};

}  // namespace orrery::ui
