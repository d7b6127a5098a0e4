#include "ui/shell/main_window.h"

#include <QButtonGroup>
#include <QCloseEvent>
#include <QDockWidget>
#include <QDragEnterEvent>
#include <QEventLoop>
#include <QFileInfo>
#include <QFrame>
#include <QMenuBar>
#include <QMimeData>
#include <QSettings>
#include <QStackedWidget>
#include <QStatusBar>
#include <QTimer>
#include <QToolButton>
#include <QVBoxLayout>
#include <memory>

#include "ui/chat/chat_panel.h"
#include "ui/compare/compare_panel.h"
#include "ui/decoding/decoding_dock.h"
#include "ui/engine/engine_pool.h"
#include "ui/hub/cache_page.h"
#include "ui/hub/download_queue.h"
#include "ui/hub/hub_page.h"
#include "ui/jobs/jobs_dock.h"
#include "ui/jobs/jobs_model.h"
#include "ui/library/library_model.h"
#include "ui/library/library_panel.h"
#include "ui/shell/about_dialog.h"
#include "ui/shell/command_palette.h"
#include "ui/shell/settings_dialog.h"
#include "ui/shell/theme.h"
#include "ui/speech/speech_panel.h"
#include "ui/vision/picture.h"
#include "ui/vision/vision_panel.h"
#include "ui/widgets/icons.h"
#include "ui/widgets/widgets.h"

namespace orrery::ui {
namespace {

constexpr int kLayoutVersion = 1;
constexpr int kRailWidth = 76;
constexpr int kReportMilliseconds = 15000;
constexpr int kDeletionMilliseconds = 60000;
constexpr auto kGeometryKey = "window/geometry";
constexpr auto kLayoutKey = "window/layout";
constexpr auto kPanelKey = "window/panel";
constexpr auto kThemeKey = "window/theme";
constexpr auto kTextSizeKey = "window/textSize";
constexpr auto kDecodingKey = "window/decoding";

}  // namespace

MainWindow::MainWindow(Services& services, ThemeController& theme, QWidget* parent)
    : QMainWindow(parent), services_(services), theme_(theme) {
  setWindowTitle(tr("Orrery"));
  setAcceptDrops(true);
  setDockOptions(AllowTabbedDocks | AllowNestedDocks | AnimatedDocks);
  setTabPosition(Qt::AllDockWidgetAreas, QTabWidget::North);
  makePanels();
  makeDocks();
  makeMenus();
  statusBar()->setSizeGripEnabled(false);
  statusBar()->hide();
  connect(statusBar(), &QStatusBar::messageChanged, this,
          [this](const QString& text) { statusBar()->setVisible(!text.isEmpty()); });
  restoreLayout();
}

MainWindow::~MainWindow() = default;

QStringList MainWindow::panelNames() {
  return {QStringLiteral("library"),  QStringLiteral("hub"),      QStringLiteral("cache"),
          QStringLiteral("chat"),     QStringLiteral("compare"),  QStringLiteral("vision"),
          QStringLiteral("speech"),   QStringLiteral("decoding"), QStringLiteral("jobs"),
          QStringLiteral("downloads")};
}

void MainWindow::makePanels() {
  auto* central = new QWidget;
  auto* row = new QHBoxLayout(central);
  row->setContentsMargins(0, 0, 0, 0);
  row->setSpacing(0);
  auto* rail = ofKind(new QFrame, "rail");
  rail->setFixedWidth(kRailWidth);
  rail_ = new QVBoxLayout(rail);
  rail_->setContentsMargins(6, 10, 6, 10);
  rail_->setSpacing(4);
  rail_->addStretch(1);
  railButtons_ = new QButtonGroup(this);
  panels_ = new QStackedWidget;
  row->addWidget(rail);
  row->addWidget(panels_, 1);
  setCentralWidget(central);
  library_ = new LibraryPanel(services_);
  chat_ = new ChatPanel(services_);
  compare_ = new ComparePanel(services_);
  vision_ = new VisionPanel(services_);
  addPanel("library", tr("Library"), "library", library_, QKeySequence(Qt::CTRL | Qt::Key_1));
  addPanel("chat", tr("Chat"), "chat", chat_, QKeySequence(Qt::CTRL | Qt::Key_2));
  addPanel("compare", tr("Compare"), "compare", compare_, QKeySequence(Qt::CTRL | Qt::Key_3));
  addPanel("vision", tr("Vision"), "vision", vision_, QKeySequence(Qt::CTRL | Qt::Key_4));
  speech_ = new SpeechPanel(services_);
  addPanel("speech", tr("Speech"), "speech", speech_, QKeySequence(Qt::CTRL | Qt::Key_5));
  connect(speech_, &SpeechPanel::failed, this, &MainWindow::report);
  connect(vision_, &VisionPanel::failed, this, &MainWindow::report);
  connect(library_, &LibraryPanel::openAsked, this, &MainWindow::openModel);
  connect(&services_.downloads, &DownloadQueue::openAsked, this, &MainWindow::openModel);
  connect(library_, &LibraryPanel::openInCompare, this, [this](const QString& model) {
    showPanel(QStringLiteral("compare"));
    compare_->setModel(model);
  });
  connect(&library_->cache(), &CachePage::failed, this, &MainWindow::report);
  connect(&services_.downloads, &DownloadQueue::added, this,
          [this] { showPanel(QStringLiteral("downloads")); });
  connect(&services_.downloads, &DownloadQueue::finished, this, &MainWindow::onDownloaded);
  connect(chat_, &ChatPanel::failed, this, &MainWindow::report);
  connect(compare_, &ComparePanel::failed, this, &MainWindow::report);
  connect(&services_.library, &LibraryModel::nothingFound, this, &MainWindow::report);
}

void MainWindow::addPanel(const char* name, const QString& title, const char* icon, QWidget* panel,
                          const QKeySequence& keys) {
  panel->setObjectName(QString::fromLatin1(name));
  auto* button = ofKind(
      named(new QToolButton, qPrintable(QStringLiteral("rail.") + QLatin1String(name)), title),
      "rail");
  button->setText(title);
  button->setToolTip(QStringLiteral("%1 (%2)").arg(title, keys.toString(QKeySequence::NativeText)));
  button->setToolButtonStyle(Qt::ToolButtonTextUnderIcon);
  button->setIconSize(QSize(22, 22));
  button->setCheckable(true);
  button->setFixedWidth(kRailWidth - 13);
  setThemedIcon(button, icon);
  rail_->insertWidget(rail_->count() - 1, button);
  const int index = panels_->addWidget(panel);
  railButtons_->addButton(button, index);
  auto* action = new QAction(tr("Show %1").arg(title), this);
  action->setShortcut(keys);
  panelActions_.append(action);
  const QString panelName = QString::fromLatin1(name);
  connect(action, &QAction::triggered, this, [this, panelName] { showPanel(panelName); });
  connect(button, &QToolButton::clicked, action, &QAction::trigger);
}

QDockWidget* MainWindow::addDock(const char* name, const QString& title, QWidget* content) {
  auto* dock = new QDockWidget(title, this);
  dock->setObjectName(QString::fromLatin1(name));
  dock->setAccessibleName(title);
  dock->setWidget(content);
  docks_.append(dock);
  return dock;
}

void MainWindow::makeDocks() {
  decoding_ = addDock("decoding", tr("Decoding"), new DecodingDock(services_, chat_->session()));
  jobs_ = new JobsDock(services_.engines.jobs(), services_.downloads);
  auto* jobs = addDock("jobs", tr("Jobs"), jobs_);
  addDockWidget(Qt::RightDockWidgetArea, decoding_);
  addDockWidget(Qt::BottomDockWidgetArea, jobs);
  setCorner(Qt::BottomRightCorner, Qt::RightDockWidgetArea);
  decoding_->setMinimumWidth(300);
  resizeDocks({decoding_}, {340}, Qt::Horizontal);
  resizeDocks({jobs}, {270}, Qt::Vertical);
  jobs->hide();
}

QAction* MainWindow::command(QMenu* menu, const QString& text, const QKeySequence& keys,
                             std::function<void()> run) {
  auto* action = menu->addAction(text);
  action->setShortcut(keys);
  connect(action, &QAction::triggered, this, std::move(run));
  commands_.append(action);
  return action;
}

void MainWindow::makeMenus() {
  auto* file = menuBar()->addMenu(tr("&File"));
  commands_.removeOne(command(file, tr("&Command palette…"), QKeySequence(Qt::CTRL | Qt::Key_K),
                              [this] { openPalette(); }));  // it does not list itself
  command(file, tr("&Settings…"), QKeySequence(Qt::CTRL | Qt::Key_Comma),
          [this] { openSettings(); });
  command(file, tr("Look for &models again"), QKeySequence(Qt::Key_F5),
          [this] { services_.library.refresh(); });
  command(file, tr("Add a model f&older…"), {}, [this] {
    showPanel(QStringLiteral("library"));
    library_->addFolder();
  });
  command(file, tr("Add a model &file…"), QKeySequence::Open, [this] {
    showPanel(QStringLiteral("library"));
    library_->addFile();
  });
  file->addSeparator();
  command(file, tr("Search the &hub"), QKeySequence(Qt::CTRL | Qt::SHIFT | Qt::Key_H),
          [this] { showPanel(QStringLiteral("hub")); });
  command(file, tr("Show the &cache"), {}, [this] { showPanel(QStringLiteral("cache")); });
  file->addSeparator();
  command(file, tr("&Quit"), QKeySequence::Quit, [this] { close(); });
  makeChatMenu(menuBar()->addMenu(tr("&Chat")));
  auto* compare = menuBar()->addMenu(tr("C&ompare"));
  runCompare_ = command(compare, tr("&Run comparison"), {}, [this] {
    showPanel(QStringLiteral("compare"));
    compare_->run();
  });
  command(compare, tr("&Add a column"), {}, [this] {
    showPanel(QStringLiteral("compare"));
    compare_->addColumn();
  });
  command(compare, tr("&Export results…"), {}, [this] { compare_->exportResults(); });
  makeVisionMenu(menuBar()->addMenu(tr("V&ision")));
  makeSpeechMenu(menuBar()->addMenu(tr("&Speech")));
  makeViewMenu(menuBar()->addMenu(tr("&View")));
  auto* help = menuBar()->addMenu(tr("&Help"));
  command(help, tr("&About Orrery"), {}, [this] { AboutDialog(this).exec(); });
}

void MainWindow::makeChatMenu(QMenu* menu) {
  const auto inChat = [this](auto run) {
    return [this, run] {
      showPanel(QStringLiteral("chat"));
      run();
    };
  };
  command(menu, tr("&New conversation"), QKeySequence::New, inChat([this] {
            chat_->session().openNew();
            chat_->focusPrompt();
          }));
  command(menu, tr("&Search conversations"), QKeySequence(Qt::CTRL | Qt::SHIFT | Qt::Key_F),
          inChat([this] { chat_->focusSearch(); }));
  command(menu, tr("&Write a message"), QKeySequence(Qt::CTRL | Qt::Key_L),
          inChat([this] { chat_->focusPrompt(); }));
  command(menu, tr("Alternatives in the &last answer"), QKeySequence(Qt::CTRL | Qt::Key_E),
          inChat([this] {
            chat_->setTinted(true);
            chat_->focusLastAnswer();
          }));
  command(menu, tr("S&top generating"), QKeySequence(Qt::CTRL | Qt::Key_Period), [this] {
    chat_->session().stop();
    compare_->stop();
    vision_->stop();
    speech_->stop();
  });
  command(menu, tr("Answer &again"), QKeySequence(Qt::CTRL | Qt::Key_R),
          inChat([this] { chat_->session().regenerate(chat_->session().state().leaf); }));
  command(menu, tr("System &prompt"), QKeySequence(Qt::CTRL | Qt::SHIFT | Qt::Key_S),
          inChat([this] { chat_->toggleSystemPrompt(); }));
  command(menu, tr("T&int tokens by probability"), QKeySequence(Qt::CTRL | Qt::Key_T),
          inChat([this] {
            chat_->setTinted(!services_.settings.value(QStringLiteral("chat/tinted")).toBool());
          }));
}

void MainWindow::makeVisionMenu(QMenu* menu) {
  const auto inVision = [this](auto run) {
    return [this, run] {
      showPanel(QStringLiteral("vision"));
      (vision_->*run)();
    };
  };
  runVision_ = command(menu, tr("&Run on the picture"), {}, inVision(&VisionPanel::run));
  command(menu, tr("&Open a picture…"), {}, inVision(&VisionPanel::askForPicture));
  command(menu, tr("Open a &folder of pictures…"), {}, inVision(&VisionPanel::askForFolder));
  command(menu, tr("Open a &sample picture"), {}, inVision(&VisionPanel::openSample));
  command(menu, tr("&Paste a picture"), {}, inVision(&VisionPanel::paste));
  command(menu, tr("&Undo a point"), {}, inVision(&VisionPanel::undo));
  command(menu, tr("R&edo a point"), {}, inVision(&VisionPanel::redo));
  command(menu, tr("E&xport the result…"), {}, inVision(&VisionPanel::exportResult));
}

// Ctrl+Return runs what is shown.
void MainWindow::makeSpeechMenu(QMenu* menu) {
  const auto inSpeech = [this](auto run) {
    return [this, run] {
      showPanel(QStringLiteral("speech"));
      (speech_->*run)();
    };
  };
  runSpeech_ = command(menu, tr("&Recognise"), {}, inSpeech(&SpeechPanel::run));
  command(menu, tr("&Stop"), {}, inSpeech(&SpeechPanel::stop));
  command(menu, tr("&Add recordings…"), {}, inSpeech(&SpeechPanel::askForSounds));
  command(menu, tr("&Undo an edit"), {}, inSpeech(&SpeechPanel::undo));
  command(menu, tr("R&edo an edit"), {}, inSpeech(&SpeechPanel::redo));
  command(menu, tr("E&xport the transcript…"), {}, inSpeech(&SpeechPanel::exportTranscript));
}

void MainWindow::giveRunKeys() {
  const QKeySequence keys(Qt::CTRL | Qt::Key_Return);
  const QString panel = currentPanel();
  QAction* shown = panel == QLatin1String("vision")   ? runVision_
                   : panel == QLatin1String("speech") ? runSpeech_
                                                      : runCompare_;
  for (QAction* action : {runCompare_, runVision_, runSpeech_})
    action->setShortcut(action == shown ? keys : QKeySequence());
}

void MainWindow::makeViewMenu(QMenu* menu) {
  menu->addActions(panelActions_);
  commands_ += panelActions_;
  menu->addSeparator();
  const QKeySequence keys[] = {QKeySequence(Qt::CTRL | Qt::Key_D),
                               QKeySequence(Qt::CTRL | Qt::Key_J)};
  for (qsizetype i = 0; i < docks_.size(); ++i) {
    QAction* action = docks_[i]->toggleViewAction();
    action->setIconText(tr("Show or hide %1").arg(docks_[i]->windowTitle()));
    action->setShortcut(keys[i]);
    menu->addAction(action);
    commands_.append(action);
  }
  connect(decoding_->toggleViewAction(), &QAction::triggered, this, [this](bool shown) {
    decodingWanted_ = shown;
    services_.settings.setValue(kDecodingKey, shown);
    if (shown) showPanel(QStringLiteral("chat"));
  });
  menu->addSeparator();
  const std::pair<QString, ThemeMode> modes[] = {{tr("Theme like the system"), ThemeMode::kSystem},
                                                 {tr("Light theme"), ThemeMode::kLight},
                                                 {tr("Dark theme"), ThemeMode::kDark}};
  for (const auto& [text, mode] : modes)
    command(menu, text, {}, [this, mode = mode] {
      theme_.setMode(mode);
      services_.settings.setValue(kThemeKey, themeModeName(mode));
    });
}

bool MainWindow::showPanel(const QString& name) {
  if (name == QLatin1String("hub") || name == QLatin1String("cache")) {
    library_->showView(name == QLatin1String("hub") ? LibraryPanel::kHub : LibraryPanel::kCache);
    return showPanel(QStringLiteral("library"));
  }
  if (name == QLatin1String("downloads")) {
    jobs_->showDownloads();
    return showPanel(QStringLiteral("jobs"));
  }
  for (QDockWidget* dock : docks_)
    if (dock->objectName() == name) {
      if (dock == decoding_) {
        decodingWanted_ = true;
        showPanel(QStringLiteral("chat"));
      }
      dock->show();
      dock->raise();
      return true;
    }
  for (int i = 0; i < panels_->count(); ++i)
    if (panels_->widget(i)->objectName() == name) {
      panels_->setCurrentIndex(i);
      railButtons_->button(i)->setChecked(true);
      services_.settings.setValue(kPanelKey, name);
      showDecoding();
      giveRunKeys();
      focusPanel();
      return true;
    }
  return false;
}

void MainWindow::showDecoding() {
  decoding_->setVisible(decodingWanted_ && currentPanel() == QLatin1String("chat"));
}

void MainWindow::focusPanel() {
  const QString name = currentPanel();
  if (name == QLatin1String("library")) library_->focusList();
  if (name == QLatin1String("chat")) chat_->focusPrompt();
  if (name == QLatin1String("compare")) compare_->focusPrompt();
  if (name == QLatin1String("vision")) vision_->focusCanvas();
  if (name == QLatin1String("speech")) speech_->focusWave();
}

void MainWindow::dragEnterEvent(QDragEnterEvent* event) {
  if (event->mimeData()->hasUrls()) event->acceptProposedAction();
}

void MainWindow::dropEvent(QDropEvent* event) {
  QStringList paths;
  for (const QUrl& url : event->mimeData()->urls())
    if (url.isLocalFile() && QFileInfo::exists(url.toLocalFile())) paths += url.toLocalFile();
  if (paths.isEmpty()) return report(tr("Only files and folders of this machine can be dropped"));
  if (isPictureName(paths.front())) {
    showPanel(QStringLiteral("vision"));
    return vision_->openPicture(paths.front());
  }
  if (isSoundName(paths.front())) {
    showPanel(QStringLiteral("speech"));
    for (const QString& path : paths) speech_->openSound(path);
    return;
  }
  showPanel(QStringLiteral("library"));
  services_.library.addFolders(paths);
}

void MainWindow::onDownloaded(const QString& model, const QString& path, bool open) {
  services_.library.refresh();
  if (!open) return report(tr("%1 is downloaded and verified").arg(model));
  openModel(path);
}

void MainWindow::openModel(const QString& model) {
  const auto* entry = services_.library.find(model);
  if (entry && looksAtPictures(*entry)) {
    showPanel(QStringLiteral("vision"));
    return vision_->setModel(model);
  }
  showPanel(QStringLiteral("chat"));
  chat_->setModel(model);
  chat_->focusPrompt();
}

// Deletions wait for this moment, so that they could be undone until now.
void MainWindow::deletePending() {
  if (library_->cache().pending().empty()) return;
  hide();
  const auto wait = std::make_shared<QEventLoop>();
  QTimer::singleShot(kDeletionMilliseconds, wait.get(), &QEventLoop::quit);
  library_->cache().deleteNow([wait] { wait->quit(); });
  wait->exec();
}

QString MainWindow::currentPanel() const {
  return panels_->currentWidget()->objectName();
}

void MainWindow::report(const QString& text) {
  statusBar()->showMessage(text, kReportMilliseconds);
}

void MainWindow::openPalette() {
  CommandPalette(commands_, this).exec();
}

void MainWindow::openSettings() {
  SettingsDialog dialog(theme_, services_.library, this);
  connect(&dialog, &SettingsDialog::textSizeChosen, this, [this](int percent) {
    theme_.setTextSize(percent);
    services_.settings.setValue(QString::fromLatin1(kTextSizeKey), percent);
  });
  connect(&dialog, &SettingsDialog::themeChosen, this, [this](ThemeMode mode) {
    theme_.setMode(mode);
    services_.settings.setValue(kThemeKey, themeModeName(mode));
  });
  dialog.exec();
}

void MainWindow::restoreLayout() {
  resize(1280, 800);
  restoreGeometry(services_.settings.value(kGeometryKey).toByteArray());
  restoreState(services_.settings.value(kLayoutKey).toByteArray(), kLayoutVersion);
  decodingWanted_ = services_.settings.value(kDecodingKey, true).toBool();
  if (!showPanel(services_.settings.value(kPanelKey).toString())) showPanel(QStringLiteral("chat"));
  for (QDockWidget* dock : docks_) {
    connect(dock, &QDockWidget::visibilityChanged, this, &MainWindow::saveLayout,
            Qt::QueuedConnection);
    connect(dock, &QDockWidget::dockLocationChanged, this, &MainWindow::saveLayout);
  }
}

void MainWindow::saveLayout() {
  if (!isVisible()) return;
  services_.settings.setValue(kGeometryKey, saveGeometry());
  services_.settings.setValue(kLayoutKey, saveState(kLayoutVersion));
}

void MainWindow::closeEvent(QCloseEvent* event) {
  saveLayout();
  chat_->session().stop();
  deletePending();
  QMainWindow::closeEvent(event);
}

}  // namespace orrery::ui
