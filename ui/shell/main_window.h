#pragma once

#include <QHash>
#include <QMainWindow>
#include <functional>

#include "ui/shell/services.h"

class QButtonGroup;
class QVBoxLayout;
class QStackedWidget;

namespace orrery::ui {

class ChatPanel;
class ComparePanel;
class ForecastPanel;
class JobsDock;
class LibraryPanel;
class Panel;
class ThemeController;
enum class ThemeMode;
class SpeechPanel;
class TrainPanel;
class VisionPanel;

/// The window: a rail of panels, docks around them, menus and the command palette.
class MainWindow : public QMainWindow {
  Q_OBJECT

 public:
  MainWindow(Services& services, ThemeController& theme, QWidget* parent = nullptr);
  ~MainWindow() override;

  /// Shows a panel or a dock by its name ("chat", "jobs"); false if there is none.
  bool showPanel(const QString& name);
  static QStringList panelNames();

  ChatPanel& chat() { return *chat_; }
  LibraryPanel& library() { return *library_; }
  ComparePanel& compare() { return *compare_; }
  VisionPanel& vision() { return *vision_; }
  SpeechPanel& speech() { return *speech_; }
  ForecastPanel& forecast() { return *forecast_; }
  TrainPanel& train() { return *train_; }
  Panel& panel() const;  ///< the one shown
  QString currentPanel() const;
  /// Whether work of a panel's own is under way.
  bool busy() const;

  /// Shows one line to the user for a while.
  void report(const QString& text);

 protected:
  void dragEnterEvent(QDragEnterEvent* event) override;
  void dropEvent(QDropEvent* event) override;
  void closeEvent(QCloseEvent* event) override;

 private:
  /// The icon has the panel's name; the keys are Ctrl and its number.
  void addPanel(const char* name, const QString& title, Panel* panel);
  Panel& panelAt(int index) const;
  QDockWidget* addDock(const char* name, const QString& title, QWidget* content);
  void makePanels();
  void connectPanels();
  void makeDocks();
  void makeMenus();
  void makeChatMenu(QMenu* menu);
  void makeVisionMenu(QMenu* menu);
  void makeSpeechMenu(QMenu* menu);
  void makeForecastMenu(QMenu* menu);
  void makeTrainMenu(QMenu* menu);
  void makeViewMenu(QMenu* menu);
  QAction* command(QMenu* menu, const QString& text, const QKeySequence& keys,
                   std::function<void()> run);
  /// A command of `panel`, which is shown first.
  template <class SomePanel>
  std::function<void()> in(SomePanel* panel, void (SomePanel::*run)());
  void openPalette();
  void openSettings();
  void restoreLayout();
  void saveLayout();
  void chooseTheme(ThemeMode mode);
  void keepDecodingWanted(bool wanted);
  void showDecoding();
  void giveRunKeys();
  void onDownloaded(const QString& model, const QString& path, bool open);
  void openModel(const QString& model);  ///< in the panel that it is for
  void deletePending();

  Services& services_;
  ThemeController& theme_;
  QVBoxLayout* rail_ = nullptr;
  QButtonGroup* railButtons_ = nullptr;
  QStackedWidget* panels_ = nullptr;
  QList<QAction*> commands_;
  QList<QAction*> panelActions_;
  QList<QDockWidget*> docks_;
  QDockWidget* decoding_ = nullptr;
  bool decodingWanted_ = true;  ///< shown beside the chat, to which its settings belong
  ChatPanel* chat_ = nullptr;
  LibraryPanel* library_ = nullptr;
  JobsDock* jobs_ = nullptr;
  ComparePanel* compare_ = nullptr;
  VisionPanel* vision_ = nullptr;
  SpeechPanel* speech_ = nullptr;
  ForecastPanel* forecast_ = nullptr;
  TrainPanel* train_ = nullptr;
  QHash<QString, QAction*> runs_;  ///< by panel: what Ctrl+Return does
};

}  // namespace orrery::ui
