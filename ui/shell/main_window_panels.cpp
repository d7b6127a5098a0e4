// Which panels there are, and what reaches which of them.
#include <QButtonGroup>
#include <QDropEvent>
#include <QFileInfo>
#include <QFrame>
#include <QMimeData>
#include <QStackedWidget>
#include <QToolButton>
#include <QVBoxLayout>

#include "ui/chat/chat_panel.h"
#include "ui/compare/compare_panel.h"
#include "ui/forecast/forecast_panel.h"
#include "ui/hub/cache_page.h"
#include "ui/hub/download_queue.h"
#include "ui/library/library_model.h"
#include "ui/library/library_panel.h"
#include "ui/shell/main_window.h"
#include "ui/speech/speech_panel.h"
#include "ui/train/train_panel.h"
#include "ui/vision/vision_panel.h"
#include "ui/widgets/icons.h"
#include "ui/widgets/widgets.h"

namespace orrery::ui {
namespace {

constexpr int kRailWidth = 76;

/// Wants no more room than the panel that is shown.
class PanelStack : public QStackedWidget {
 public:
  PanelStack() { connect(this, &QStackedWidget::currentChanged, this, &QWidget::updateGeometry); }
  QSize minimumSizeHint() const override {
    return currentWidget() ? currentWidget()->minimumSizeHint() : QSize();
  }
};

}  // namespace

QStringList MainWindow::panelNames() {
  return {QStringLiteral("library"),  QStringLiteral("hub"),      QStringLiteral("cache"),
          QStringLiteral("chat"),     QStringLiteral("compare"),  QStringLiteral("vision"),
          QStringLiteral("speech"),   QStringLiteral("forecast"), QStringLiteral("train"),
          QStringLiteral("decoding"), QStringLiteral("jobs"),     QStringLiteral("downloads")};
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
  panels_ = new PanelStack;
  row->addWidget(rail);
  row->addWidget(panels_, 1);
  setCentralWidget(central);
  addPanel("library", tr("Library"), library_ = new LibraryPanel(services_));
  addPanel("chat", tr("Chat"), chat_ = new ChatPanel(services_));
  addPanel("compare", tr("Compare"), compare_ = new ComparePanel(services_));
  addPanel("vision", tr("Vision"), vision_ = new VisionPanel(services_));
  addPanel("speech", tr("Speech"), speech_ = new SpeechPanel(services_));
  addPanel("forecast", tr("Forecast"), forecast_ = new ForecastPanel(services_));
  addPanel("train", tr("Train"), train_ = new TrainPanel(services_));
  connectPanels();
}

void MainWindow::connectPanels() {
  connect(library_, &LibraryPanel::openAsked, this, &MainWindow::openModel);
  connect(&services_.downloads, &DownloadQueue::openAsked, this, &MainWindow::openModel);
  connect(library_, &LibraryPanel::openInCompare, this, [this](const QString& model) {
    showPanel(QStringLiteral("compare"));
    compare_->setModel(model);
  });
  connect(train_, &TrainPanel::openInForecast, this, [this](const QString& model) {
    showPanel(QStringLiteral("forecast"));
    forecast_->setModel(model);
  });
  connect(&library_->cache(), &CachePage::failed, this, &MainWindow::report);
  connect(&services_.downloads, &DownloadQueue::added, this,
          [this] { showPanel(QStringLiteral("downloads")); });
  connect(&services_.downloads, &DownloadQueue::finished, this, &MainWindow::onDownloaded);
  connect(&services_.library, &LibraryModel::nothingFound, this, &MainWindow::report);
}

void MainWindow::addPanel(const char* name, const QString& title, Panel* panel) {
  const QKeySequence keys(Qt::CTRL | Qt::Key(Qt::Key_1 + panels_->count()));
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
  setThemedIcon(button, name);
  rail_->insertWidget(rail_->count() - 1, button);
  const int index = panels_->addWidget(panel);
  railButtons_->addButton(button, index);
  auto* action = new QAction(tr("Show %1").arg(title), this);
  action->setShortcut(keys);
  panelActions_.append(action);
  const QString panelName = QString::fromLatin1(name);
  connect(action, &QAction::triggered, this, [this, panelName] { showPanel(panelName); });
  connect(panel, &Panel::failed, this, &MainWindow::report);
  connect(button, &QToolButton::clicked, action, &QAction::trigger);
}

void MainWindow::dropEvent(QDropEvent* event) {
  QStringList paths;
  for (const QUrl& url : event->mimeData()->urls())
    if (url.isLocalFile() && QFileInfo::exists(url.toLocalFile())) paths += url.toLocalFile();
  if (paths.isEmpty()) return report(tr("Only files and folders of this machine can be dropped"));
  for (int i = 0; i < panels_->count(); ++i)
    if (panelAt(i).takesFile(paths.front())) {
      showPanel(panelAt(i).objectName());
      return panelAt(i).openFiles(paths);
    }
  showPanel(QStringLiteral("library"));
  services_.library.addFolders(paths);
}

void MainWindow::openModel(const QString& model) {
  const auto* entry = services_.library.find(model);
  if (entry && looksAtPictures(*entry)) {
    showPanel(QStringLiteral("vision"));
    return vision_->setModel(model);
  }
  if (entry && forecastsSeries(*entry)) {
    showPanel(QStringLiteral("forecast"));
    return forecast_->setModel(model);
  }
  if (const auto view = entry ? SpeechPanel::viewFor(*entry) : std::nullopt) {
    showPanel(QStringLiteral("speech"));
    speech_->showView(*view);
    return speech_->setModel(model);
  }
  showPanel(QStringLiteral("chat"));
  chat_->setModel(model);
  chat_->focusMain();
}

}  // namespace orrery::ui
