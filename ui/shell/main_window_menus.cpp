// The menus, whose entries the command palette lists too.
#include <QDockWidget>
#include <QMenuBar>
#include <QStackedWidget>

#include "ui/chat/chat_panel.h"
#include "ui/compare/compare_panel.h"
#include "ui/forecast/forecast_panel.h"
#include "ui/library/library_model.h"
#include "ui/library/library_panel.h"
#include "ui/shell/about_dialog.h"
#include "ui/shell/main_window.h"
#include "ui/shell/theme.h"
#include "ui/speech/listen_page.h"
#include "ui/speech/speak_page.h"
#include "ui/speech/speech_panel.h"
#include "ui/train/train_panel.h"
#include "ui/vision/vision_panel.h"

namespace orrery::ui {

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
  runs_["compare"] = command(compare, tr("&Run comparison"), {}, [this] {
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
  makeForecastMenu(menuBar()->addMenu(tr("Fo&recast")));
  makeTrainMenu(menuBar()->addMenu(tr("&Train")));
  makeViewMenu(menuBar()->addMenu(tr("&View")));
  auto* help = menuBar()->addMenu(tr("&Help"));
  command(help, tr("&About Orrery"), {}, [this] { AboutDialog(this).exec(); });
}

template <class SomePanel>
std::function<void()> MainWindow::in(SomePanel* panel, void (SomePanel::*run)()) {
  return [this, panel, run] {
    showPanel(panel->objectName());
    (panel->*run)();
  };
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
            chat_->focusMain();
          }));
  command(menu, tr("&Search conversations"), QKeySequence(Qt::CTRL | Qt::SHIFT | Qt::Key_F),
          inChat([this] { chat_->focusSearch(); }));
  command(menu, tr("&Write a message"), QKeySequence(Qt::CTRL | Qt::Key_L),
          inChat([this] { chat_->focusMain(); }));
  command(menu, tr("Alternatives in the &last answer"), QKeySequence(Qt::CTRL | Qt::Key_E),
          inChat([this] {
            chat_->setTinted(true);
            chat_->focusLastAnswer();
          }));
  command(menu, tr("S&top generating"), QKeySequence(Qt::CTRL | Qt::Key_Period), [this] {
    for (int i = 0; i < panels_->count(); ++i)
      if (&panelAt(i) != train_ || &panel() == train_) panelAt(i).stop();  // hours of work
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
  const auto inVision = [this](auto run) { return in(vision_, run); };
  runs_["vision"] = command(menu, tr("&Run on the picture"), {}, inVision(&VisionPanel::run));
  command(menu, tr("&Open a picture…"), {}, inVision(&VisionPanel::askForPicture));
  command(menu, tr("Open a &folder of pictures…"), {}, inVision(&VisionPanel::askForFolder));
  command(menu, tr("Open a &sample picture"), {}, inVision(&VisionPanel::openSample));
  command(menu, tr("&Paste a picture"), {}, inVision(&VisionPanel::paste));
  command(menu, tr("&Undo a point"), {}, inVision(&VisionPanel::undo));
  command(menu, tr("R&edo a point"), {}, inVision(&VisionPanel::redo));
  command(menu, tr("E&xport the result…"), {}, inVision(&VisionPanel::exportResult));
}

void MainWindow::makeSpeechMenu(QMenu* menu) {
  const auto inView = [this](SpeechPanel::View view) {
    showPanel(QStringLiteral("speech"));
    speech_->showView(view);
  };
  const auto inSpeech = [this, inView](auto run) {
    return [this, inView, run] {
      inView(SpeechPanel::kListen);
      (speech_->listen().*run)();
    };
  };
  runs_["speech"] = command(menu, tr("&Recognise or speak"), {}, [this] {
    showPanel(QStringLiteral("speech"));
    speech_->run();
  });
  command(menu, tr("&Stop speech"), {}, [this] { speech_->stop(); });
  command(menu, tr("&Listen to recordings"), {}, [inView] { inView(SpeechPanel::kListen); });
  command(menu, tr("S&peak a text"), {}, [inView] { inView(SpeechPanel::kSpeak); });
  command(menu, tr("Export what is spo&ken…"), {}, [this] { speech_->speak().exportSound(); });
  command(menu, tr("&Add recordings…"), {}, inSpeech(&ListenPage::askForSounds));
  command(menu, tr("Re&cord, or stop recording"), {}, inSpeech(&ListenPage::record));
  command(menu, tr("&Open a sample recording"), {}, inSpeech(&ListenPage::openSample));
  command(menu, tr("&Undo an edit"), {}, inSpeech(&ListenPage::undo));
  command(menu, tr("R&edo an edit"), {}, inSpeech(&ListenPage::redo));
  command(menu, tr("E&xport the transcript…"), {}, inSpeech(&ListenPage::exportTranscript));
}

void MainWindow::makeForecastMenu(QMenu* menu) {
  const auto inForecast = [this](auto run) { return in(forecast_, run); };
  runs_["forecast"] = command(menu, tr("&Run"), {}, inForecast(&ForecastPanel::run));
  command(menu, tr("&Backtest"), {}, inForecast(&ForecastPanel::runBacktest));
  command(menu, tr("&Stop"), {}, inForecast(&ForecastPanel::stop));
  command(menu, tr("&Open a table…"), {}, inForecast(&ForecastPanel::askForTable));
  command(menu, tr("Open the sa&mple table"), {}, inForecast(&ForecastPanel::openSample));
  command(menu, tr("E&xport what is seen…"), {}, inForecast(&ForecastPanel::exportSeen));
}

void MainWindow::makeTrainMenu(QMenu* menu) {
  const auto inTrain = [this](auto run) { return in(train_, run); };
  runs_["train"] = command(menu, tr("&Start training"), {}, inTrain(&TrainPanel::run));
  command(menu, tr("&Pause or go on"), {}, inTrain(&TrainPanel::pauseOrGoOn));
  command(menu, tr("S&top with a checkpoint"), {}, inTrain(&TrainPanel::stop));
  command(menu, tr("&Go on with the chosen run"), {}, inTrain(&TrainPanel::goOnWithRun));
  command(menu, tr("&Measure what it will take"), {}, inTrain(&TrainPanel::measure));
  menu->addSeparator();
  command(menu, tr("&Open settings…"), {}, inTrain(&TrainPanel::askForSettings));
  command(menu, tr("S&ave settings…"), {}, inTrain(&TrainPanel::saveSettings));
  command(menu, tr("Stan&dard settings"), {}, inTrain(&TrainPanel::useStandardSettings));
  menu->addSeparator();
  command(menu, tr("&Copy the run's settings"), {}, inTrain(&TrainPanel::copySettings));
  command(menu, tr("Co&mpare settings of two runs"), {}, inTrain(&TrainPanel::compareSettings));
  command(menu, tr("Open the run's model in &Forecast"), {},
          inTrain(&TrainPanel::openRunInForecast));
  command(menu, tr("&Look for runs again"), {}, inTrain(&TrainPanel::findRuns));
}

// Ctrl+Return runs what is shown.
void MainWindow::giveRunKeys() {
  for (auto run = runs_.cbegin(); run != runs_.cend(); ++run)
    run.value()->setShortcut(run.key() == currentPanel() ? QKeySequence(Qt::CTRL | Qt::Key_Return)
                                                         : QKeySequence());
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
    keepDecodingWanted(shown);
    if (shown) showPanel(QStringLiteral("chat"));
  });
  menu->addSeparator();
  const std::pair<QString, ThemeMode> modes[] = {{tr("Theme like the system"), ThemeMode::kSystem},
                                                 {tr("Light theme"), ThemeMode::kLight},
                                                 {tr("Dark theme"), ThemeMode::kDark}};
  for (const auto& [text, mode] : modes)
    command(menu, text, {}, [this, mode = mode] { chooseTheme(mode); });
}

}  // namespace orrery::ui
