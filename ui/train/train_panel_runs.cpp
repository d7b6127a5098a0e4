// The list of runs: where they are looked for, which are drawn, what is done with them.
#include <QDir>
#include <QFileInfo>
#include <QSettings>
#include <QTableView>
#include <algorithm>

#include "ui/engine/engine_pool.h"
#include "ui/train/settings_difference.h"
#include "ui/train/train_curves.h"
#include "ui/train/train_form.h"
#include "ui/train/train_panel.h"
#include "ui/train/train_runner.h"

namespace orrery::ui {
namespace {

constexpr auto kFoldersKey = "train/folders";  // of runs that are elsewhere
constexpr qsizetype kMostFolders = 100;
constexpr std::size_t kMostDrawn = 8;

}  // namespace

QString TrainPanel::runsFolder() const {
  return QFileInfo(services_.settings.fileName()).absolutePath() + QStringLiteral("/runs");
}

// "ETTh1-patchtst-3" in the folder of runs.
QString TrainPanel::freshFolder() const {
  const TrainDocument& document = form_->document();
  QStringList parts{QFileInfo(document.text("train_file")).completeBaseName(),
                    document.start() == TrainStart::kCheckpoint
                        ? QFileInfo(document.text("model")).fileName()
                        : document.text("config.model_type")};
  parts.removeAll(QString());
  const QString stem = runsFolder() + QLatin1Char('/') +
                       (parts.isEmpty() ? QStringLiteral("run") : parts.join(QLatin1Char('-')));
  int number = 1;
  while (QFileInfo::exists(QStringLiteral("%1-%2").arg(stem).arg(number)) ||
         runs_.rowOf(QStringLiteral("%1-%2").arg(stem).arg(number)) >= 0)
    ++number;
  return QStringLiteral("%1-%2").arg(stem).arg(number);
}

Json TrainPanel::settingsToRun() const {
  Json settings(form_->document().json());
  const QString named = form_->document().text("output_dir");
  const QString folder =
      named.isEmpty() ? freshFolder() : QDir::cleanPath(QFileInfo(named).absoluteFilePath());
  settings["output_dir"] = folder.toStdString();
  return settings;
}

void TrainPanel::keepFolder(const QString& folder) {
  if (folder.startsWith(runsFolder() + QLatin1Char('/'))) return;
  QStringList folders = services_.settings.value(kFoldersKey).toStringList();
  folders.removeAll(folder);
  folders.prepend(folder);
  services_.settings.setValue(kFoldersKey, folders.mid(0, kMostFolders));
}

void TrainPanel::findRuns() {
  QStringList folders{runsFolder()};
  folders += services_.settings.value(kFoldersKey).toStringList();
  erase_if(folders, [](const QString& folder) { return !QFileInfo(folder).isDir(); });
  const int search = ++search_;
  waiting_ = !folders.isEmpty();
  if (!waiting_) return onRunsFound({});
  struct Found {
    qsizetype left;
    std::vector<protocol::TrainingRun> runs;
  };
  const auto found = std::make_shared<Found>(Found{folders.size(), {}});
  const auto answered = [this, search, found] {
    if (--found->left > 0 || search != search_) return;
    waiting_ = false;
    onRunsFound(std::move(found->runs));
  };
  for (const QString& folder : folders)
    services_.engines.files().request<protocol::ListTrainingsParams>(
        {.folder = folder.toStdString()}, this,
        [found, answered](const protocol::ListTrainingsResult& result) {
          found->runs.insert(found->runs.end(), result.runs.begin(), result.runs.end());
          answered();
        },
        [this, search, answered](const EngineError& error) {
          if (search == search_) emit failed(error.message);
          answered();
        });
}

void TrainPanel::onRunsFound(std::vector<protocol::TrainingRun> runs) {
  std::ranges::sort(runs, std::ranges::greater(), &protocol::TrainingRun::modifiedAt);
  QStringList chosen;
  for (const int row : chosenRows()) chosen += runs_.entry(row).folder;
  const QString current = chosenRun() ? chosenRun()->folder : QString();
  runs_.setRuns(runs);
  chooseRun(current.isEmpty() && runs_.rowCount() > 0 ? runs_.entry(0).folder : current);
  for (const QString& folder : chosen)
    if (const int row = runs_.rowOf(folder); row >= 0)
      table_->selectionModel()->select(runs_.index(row, 0),
                                       QItemSelectionModel::Select | QItemSelectionModel::Rows);
  drawRuns();
  updateActions();
}

std::vector<int> TrainPanel::chosenRows() const {
  std::vector<int> rows;
  for (const QModelIndex& index : table_->selectionModel()->selectedRows())
    rows.push_back(index.row());
  std::ranges::sort(rows);
  return rows;
}

const RunEntry* TrainPanel::chosenRun() const {
  const int row = table_->currentIndex().row();
  return row >= 0 && row < runs_.rowCount() ? &runs_.entry(row) : nullptr;
}

void TrainPanel::chooseRun(const QString& folder) {
  const int row = runs_.rowOf(folder);
  if (row >= 0) table_->selectRow(row);
}

// The chosen ones, and the one that goes on.
void TrainPanel::drawRuns() {
  std::vector<int> rows = chosenRows();
  const int live = runner_->busy() ? runs_.rowOf(runner_->folder()) : -1;
  if (live >= 0 && std::ranges::find(rows, live) == rows.end()) rows.insert(rows.begin(), live);
  rows.resize(std::min(rows.size(), kMostDrawn));
  std::vector<DrawnRun> drawn;
  QHash<QString, QColor> colors;
  for (const int row : rows) {
    const RunEntry& run = runs_.entry(row);
    const int color = static_cast<int>(drawn.size());
    drawn.push_back({run.name(), color, run.curves});
    colors.insert(run.folder, runColor(color));
  }
  runs_.setColors(colors);
  curves_->setRuns(std::move(drawn));
}

void TrainPanel::goOnWithRun() {
  if (const RunEntry* run = chosenRun()) goOn(*run);
}

void TrainPanel::goOn(const RunEntry& run) {
  if (runner_->busy() || !run.canGoOn()) return;
  Json settings = run.settings;
  settings["output_dir"] = run.folder.toStdString();
  settings["resume_from_checkpoint"] = true;
  start(settings);
}

void TrainPanel::copySettings() {
  const RunEntry* run = chosenRun();
  if (!run || run->settings.empty()) return;
  OrderedJson settings(run->settings);
  for (const char* own : {"output_dir", "resume_from_checkpoint"}) settings.erase(own);
  for (const char* either : {"model", "config"})
    if (settings.contains(either) && (settings[either].is_null() || settings[either] == ""))
      settings.erase(either);
  form_->setDocument(TrainDocument(std::move(settings)));
}

void TrainPanel::compareSettings() {
  const std::vector<int> rows = chosenRows();
  if (rows.size() != 2) return;
  SettingsDifference(runs_.entry(rows[0]), runs_.entry(rows[1]), this).exec();
}

void TrainPanel::openRunInForecast() {
  const RunEntry* run = chosenRun();
  if (run && !run->model().isEmpty()) emit openInForecast(run->model());
}

void TrainPanel::showEvent(QShowEvent* event) {
  Panel::showEvent(event);
  if (!looked_) findRuns();
  looked_ = true;
}

}  // namespace orrery::ui
