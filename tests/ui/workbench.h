#pragma once

#include <QApplication>
#include <QSettings>
#include <QTemporaryDir>
#include <ctime>
#include <memory>

#include "core/base/file.h"
#include "core/base/json.h"
#include "ui/chat/chat_panel.h"
#include "ui/chat/conversation_store.h"
#include "ui/compare/compare_panel.h"
#include "ui/compare/compare_runner.h"
#include "ui/decoding/decoding_state.h"
#include "ui/engine/engine_pool.h"
#include "ui/hub/download_queue.h"
#include "ui/jobs/jobs_model.h"
#include "ui/library/library_model.h"
#include "ui/shell/main_window.h"
#include "ui/shell/theme.h"

namespace orrery::test {

/// What this thread has computed so far.
inline double cpuSeconds() {
  timespec now{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + 1e-9 * static_cast<double>(now.tv_nsec);
}

/// A script's reply with prose, lists and code.
inline Json longReply(int tokens) {
  Json reply = Json::array();
  for (int i = 0; i < tokens; ++i)
    reply.push_back(i % 40 == 39 ? "\n\n- **item** `code`" : " word");
  return reply;
}

/// A whole window with settings and conversations of its own, which end with it.
struct Workbench {
  /// Over the fake engine that ORRERY_FAKE_ENGINE names, which answers from `script`.
  explicit Workbench(const Json& script = Json::object()) {
    const QString file = folder.filePath("script.json");
    writeFileAtomically(file.toStdString(), script.dump());
    open(qEnvironmentVariable("ORRERY_FAKE_ENGINE"), {file});
  }
  /// Over engines of that program.
  Workbench(const QString& engine, const QStringList& arguments) { open(engine, arguments); }

  ui::ChatSession& session() { return window->chat().session(); }
  ui::CompareRunner& runner() { return window->compare().runner(); }
  void ask(const char* text) {
    window->chat().setModel("/models/fake");
    window->chat().setPrompt(text);
    window->chat().run();
  }
  QString answer() { return session().state().path().back()->text; }

  QTemporaryDir folder;
  ui::JobsModel jobs;
  std::unique_ptr<QSettings> settings;
  std::unique_ptr<ui::ConversationStore> conversations;
  std::unique_ptr<ui::EnginePool> engines;
  std::unique_ptr<ui::LibraryModel> library;
  std::unique_ptr<ui::DecodingState> decoding;
  std::unique_ptr<ui::DownloadQueue> downloads;
  std::unique_ptr<ui::Services> services;
  std::unique_ptr<ui::ThemeController> theme;
  std::unique_ptr<ui::MainWindow> window;

 private:
  void open(const QString& engine, const QStringList& arguments) {
    settings = std::make_unique<QSettings>(folder.filePath("settings.ini"), QSettings::IniFormat);
    conversations =
        std::make_unique<ui::ConversationStore>(folder.filePath("conversations.sqlite"));
    engines = std::make_unique<ui::EnginePool>(engine, arguments, jobs);
    library = std::make_unique<ui::LibraryModel>(*settings, *engines);
    decoding = std::make_unique<ui::DecodingState>(*settings);
    downloads = std::make_unique<ui::DownloadQueue>(*engines, folder.filePath("downloads.json"));
    services = std::make_unique<ui::Services>(
        ui::Services{*settings, *engines, *library, *decoding, *conversations, *downloads});
    theme = std::make_unique<ui::ThemeController>(*static_cast<QApplication*>(qApp));
    window = std::make_unique<ui::MainWindow>(*services, *theme);
    window->show();
  }
};

}  // namespace orrery::test
