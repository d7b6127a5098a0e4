#include <QApplication>
#include <QFile>
#include <QSettings>
#include <cstdio>
#include <exception>

#include "app/gui/command_line.h"
#include "app/gui/screenshot.h"
#include "core/base/error.h"
#include "core/base/file.h"
#include "ui/chat/chat_panel.h"
#include "ui/chat/conversation_store.h"
#include "ui/compare/compare_panel.h"
#include "ui/decoding/decoding_state.h"
#include "ui/engine/engine_pool.h"
#include "ui/jobs/jobs_model.h"
#include "ui/library/library_model.h"
#include "ui/shell/main_window.h"
#include "ui/shell/theme.h"

namespace {

using namespace orrery;
using namespace orrery::ui;

void fillIn(MainWindow& window, const gui::Options& options) {
  if (!options.panel.isEmpty()) window.showPanel(options.panel);
  const bool compares = window.currentPanel() == QLatin1String("compare");
  if (!options.model.isEmpty())
    compares ? window.compare().setModel(options.model) : window.chat().setModel(options.model);
  if (!options.prompt.isEmpty())
    compares ? window.compare().setPrompt(options.prompt) : window.chat().setPrompt(options.prompt);
  if (!options.run) return;
  if (compares)
    window.compare().run();
  else
    window.chat().sendMessage();
}

int runWindow(QApplication& app, const gui::Options& options) {
  const QString folder = QString::fromStdString(dataFolder().string());
  QSettings settings(folder + QStringLiteral("/settings.ini"), QSettings::IniFormat);
  ThemeController theme(app);
  theme.setMode(themeModeFromName(settings.value(QStringLiteral("window/theme")).toString()));
  ConversationStore conversations(folder + QStringLiteral("/conversations.sqlite"));
  conversations.purge();
  JobsModel jobs;
  EnginePool engines(findEngineProgram(), {QStringLiteral("engine")}, jobs);
  LibraryModel library(settings, engines);
  DecodingState decoding(settings);
  Services services{settings, engines, library, decoding, conversations};
  MainWindow window(services, theme);
  library.refresh();
  fillIn(window, options);
  window.show();
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
