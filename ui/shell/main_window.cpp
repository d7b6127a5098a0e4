#include "ui/shell/main_window.h"

#include <QButtonGroup>
#include <QCloseEvent>
#include <QDockWidget>
#include <QDragEnterEvent>
#include <QEventLoop>
#include <QMimeData>
#include <QSettings>
#include <QStackedWidget>
#include <QStatusBar>
#include <QTimer>
#include <QToolButton>
#include <memory>

#include "ui/chat/chat_panel.h"
#include "ui/decoding/decoding_dock.h"
#include "ui/engine/engine_pool.h"
#include "ui/hub/cache_page.h"
#include "ui/hub/download_queue.h"
#include "ui/jobs/jobs_dock.h"
#include "ui/jobs/jobs_model.h"
#include "ui/library/library_model.h"
#include "ui/library/library_panel.h"
#include "ui/shell/command_palette.h"
#include "ui/shell/settings_dialog.h"
#include "ui/shell/theme.h"
#include "ui/train/train_panel.h"
#include "ui/widgets/widgets.h"

namespace orrery::ui {
namespace {

constexpr int kLayoutVersion = 1;
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
      panelAt(i).focusMain();
      return true;
    }
  return false;
}

void MainWindow::showDecoding() {
  decoding_->setVisible(decodingWanted_ && currentPanel() == QLatin1String("chat"));
}

void MainWindow::dragEnterEvent(QDragEnterEvent* event) {
  if (event->mimeData()->hasUrls()) event->acceptProposedAction();
}

void MainWindow::onDownloaded(const QString& model, const QString& path, bool open) {
  services_.library.refresh();
  if (!open) return report(tr("%1 is downloaded and verified").arg(model));
  openModel(path);
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

Panel& MainWindow::panelAt(int index) const {
  return static_cast<Panel&>(*panels_->widget(index));  // addPanel lets no other in
}

Panel& MainWindow::panel() const {
  return panelAt(panels_->currentIndex());
}

QString MainWindow::currentPanel() const {
  return panel().objectName();
}

bool MainWindow::busy() const {
  for (int i = 0; i < panels_->count(); ++i)
    if (panelAt(i).busy()) return true;
  return false;
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
  connect(&dialog, &SettingsDialog::themeChosen, this, &MainWindow::chooseTheme);
  dialog.exec();
}

void MainWindow::chooseTheme(ThemeMode mode) {
  theme_.setMode(mode);
  services_.settings.setValue(kThemeKey, themeModeName(mode));
}

void MainWindow::keepDecodingWanted(bool wanted) {
  decodingWanted_ = wanted;
  services_.settings.setValue(kDecodingKey, wanted);
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
  train_->finishBeforeClosing();
  deletePending();
  QMainWindow::closeEvent(event);
}

}  // namespace orrery::ui
