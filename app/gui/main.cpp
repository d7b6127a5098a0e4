#include <QApplication>
#include <QFile>
#include <QLoggingCategory>
#include <QSettings>
#include <QTimer>

#include <unistd.h>

#include <cstdio>
#include <exception>

#include "app/gui/command_line.h"
#include "app/gui/screenshot.h"
#include "core/base/error.h"
#include "core/base/file.h"
#include "ui/chat/conversation_store.h"
#include "ui/decoding/decoding_state.h"
#include "ui/engine/engine_pool.h"
#include "ui/hub/download_queue.h"
#include "ui/hub/hub_page.h"
#include "ui/jobs/jobs_model.h"
#include "ui/library/library_model.h"
#include "ui/library/library_panel.h"
#include "ui/shell/main_window.h"
#include "ui/shell/panel.h"
#include "ui/shell/theme.h"
#include "ui/widgets/icons.h"

namespace {

using namespace orrery;
using namespace orrery::ui;

// QT_LOGGING_RULES="orrery.start.info=true" tells when the window could be used.
Q_LOGGING_CATEGORY(startLog, "orrery.start", QtWarningMsg)

// Seconds since this process was started, by the kernel's count.
double processAge() {
  QFile stat(QStringLiteral("/proc/self/stat"));
  QFile uptime(QStringLiteral("/proc/uptime"));
  if (!stat.open(QIODevice::ReadOnly) || !uptime.open(QIODevice::ReadOnly)) return 0;
  const QByteArray line = stat.readAll();
  constexpr int kStartTime = 19;  // field 22 of proc(5), counted behind the program's name
  const double ticks = line.mid(line.lastIndexOf(')') + 2).split(' ').value(kStartTime).toDouble();
  return uptime.readAll().split(' ').value(0).toDouble() -
         ticks / static_cast<double>(::sysconf(_SC_CLK_TCK));
}

void fillIn(MainWindow& window, const gui::Options& options) {
  if (!options.panel.isEmpty()) window.showPanel(options.panel);
  if (options.panel == QLatin1String("hub")) {
    if (!options.prompt.isEmpty()) window.library().hub().setWords(options.prompt);
    if (!options.model.isEmpty()) window.library().hub().openModel(options.model);
    return;
  }
  // The prompt first: where a panel has a view for it, the model is that view's.
  if (!options.prompt.isEmpty()) window.panel().setPrompt(options.prompt);
  if (!options.model.isEmpty()) window.panel().setModel(options.model);
  if (!options.file.isEmpty()) window.panel().openFile(options.file);
  if (options.run) window.panel().run();
}

int runWindow(QApplication& app, const gui::Options& options) {
  const QString folder = QString::fromStdString(dataFolder().string());
  QSettings settings(folder + QStringLiteral("/settings.ini"), QSettings::IniFormat);
  ThemeController theme(app);
  theme.setTextSize(settings.value(QStringLiteral("window/textSize"), 100).toInt());
  theme.setMode(themeModeFromName(settings.value(QStringLiteral("window/theme")).toString()));
  ConversationStore conversations(folder + QStringLiteral("/conversations.sqlite"));
  conversations.purge();
  JobsModel jobs;
  EnginePool engines(findEngineProgram(), {QStringLiteral("engine")}, jobs);
  LibraryModel library(settings, engines);
  DecodingState decoding(settings);
  DownloadQueue downloads(engines, folder + QStringLiteral("/downloads.json"));
  Services services{settings, engines, library, decoding, conversations, downloads};
  MainWindow window(services, theme);
  window.setWindowIcon(icon("engine", ui::theme().accent));
  library.refresh();
  fillIn(window, options);
  window.show();
  window.panel().focusMain();
  QTimer::singleShot(0, &window, [] {  // behind what showing has put into the queue
    qCInfo(startLog, "usable after %.2f s", processAge());
  });
  gui::Screenshot screenshot(window, services, options);
  return QApplication::exec();
}

}  // namespace

int main(int argc, char** argv) {
  QApplication app(argc, argv);
  QApplication::setApplicationName(QStringLiteral("Orrery"));
  QApplication::setApplicationVersion(QStringLiteral(ORRERY_VERSION));
  QApplication::setDesktopFileName(QStringLiteral("orrery"));
  const auto options = gui::parseCommandLine(QApplication::arguments());
  if (!options) return 2;
  try {
    return runWindow(app, *options);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "orrery: %s\n", error.what());
    return 1;
  }
}
