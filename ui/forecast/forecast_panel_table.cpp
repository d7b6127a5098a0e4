// The table of the forecast panel: opened, read, its columns chosen.
#include <QDir>
#include <QDropEvent>
#include <QFile>
#include <QFileDialog>
#include <QFileInfo>
#include <QLabel>
#include <QListWidget>
#include <QLocale>
#include <QMimeData>
#include <QPushButton>
#include <QSettings>
#include <QSignalBlocker>
#include <QStackedWidget>
#include <algorithm>
#include <cmath>

#include "ui/forecast/forecast_panel.h"
#include "ui/forecast/forecast_plot.h"
#include "ui/forecast/table_page.h"
#include "ui/shell/theme.h"
#include "ui/widgets/widgets.h"

// A resource of a static library is registered by naming it, outside of any namespace.
static void registerSamples() {
  Q_INIT_RESOURCE(samples);
}

namespace orrery::ui {
namespace {

constexpr std::size_t kMostShown = 6;
constexpr double kHour = 3600;
constexpr const char* kEndings[] = {"csv", "tsv", "tab", "parquet"};
constexpr auto kSample = "hourly-load.csv";

/// "1 h apart", "15 min apart".
QString stepText(double seconds) {
  const std::pair<double, QString> units[] = {{168 * kHour, ForecastPanel::tr("%1 weeks apart")},
                                              {24 * kHour, ForecastPanel::tr("%1 days apart")},
                                              {kHour, ForecastPanel::tr("%1 h apart")},
                                              {60, ForecastPanel::tr("%1 min apart")}};
  for (const auto& [size, text] : units)
    if (seconds >= size && std::fmod(seconds, size) == 0) return text.arg(seconds / size);
  return ForecastPanel::tr("%1 s apart").arg(seconds);
}

QStringList filesIn(const QMimeData& data) {
  QStringList files;
  for (const QUrl& url : data.urls())
    if (url.isLocalFile() && QFileInfo(url.toLocalFile()).isFile()) files += url.toLocalFile();
  return files;
}

bool contains(const std::vector<std::string>& names, const std::string& name) {
  return std::ranges::find(names, name) != names.end();
}

}  // namespace

bool ForecastPanel::takesFile(const QString& name) const {
  const QString ending = QFileInfo(name).suffix().toLower();
  return std::ranges::any_of(kEndings, [&](const char* e) { return ending == QLatin1String(e); });
}

void ForecastPanel::askForTable() {
  const QString file = QFileDialog::getOpenFileName(
      this, tr("Open a table"), QFileInfo(QString::fromStdString(state_.file)).absolutePath(),
      tr("Tables (*.csv *.tsv *.tab *.txt *.parquet);;All files (*)"));
  if (!file.isEmpty()) openFile(file);
}

// The engine reads files: the sample is copied out of this program.
void ForecastPanel::openSample() {
  registerSamples();
  const QString folder =
      QFileInfo(services_.settings.fileName()).absolutePath() + QStringLiteral("/samples");
  const QString path = folder + QLatin1Char('/') + QLatin1String(kSample);
  if (!QFile::exists(path) &&
      (!QDir().mkpath(folder) ||
       !QFile::copy(QStringLiteral(":/samples/tables/") + QLatin1String(kSample), path)))
    return showProblem(tr("%1 cannot be written").arg(path), false);
  openFile(path);
}

void ForecastPanel::openFile(const QString& file) {
  state_.file = QFileInfo(file).absoluteFilePath().toStdString();
  state_.columns.clear();
  state_.shown.clear();
  state_.origin.reset();
  reopen(Json::object());
}

void ForecastPanel::reopen(const Json& settings) {
  state_.settings = settings;
  save();
  models_->forgetAnswers();
  asked_ = false;
  showProblem({}, false);
  stack_->setCurrentIndex(1);
  const QFileInfo file(QString::fromStdString(state_.file));
  name_->setText(file.fileName());
  name_->setToolTip(file.filePath());
  facts_->setText(tr("Reading …"));
  source_->open(file.filePath(), settings);
  plot_->setColumns({});
}

void ForecastPanel::onPreviewed() {
  table_->showTable(*source_->table(), state_.settings);
  fillColumns();
}

// What is read anew keeps the columns that it still has; else all of numbers are forecast.
void ForecastPanel::fillColumns() {
  std::vector<std::string> numbers;
  for (const auto& column : source_->table()->columns)
    if (column.kind == "number") numbers.push_back(column.name);
  const auto missing = [&](const std::string& name) { return !contains(numbers, name); };
  std::erase_if(state_.columns, missing);
  std::erase_if(state_.shown, missing);
  if (state_.columns.empty()) state_.columns = numbers;
  if (state_.shown.empty() && !state_.columns.empty()) state_.shown = {state_.columns.front()};
  const QSignalBlocker quiet(columns_);
  columns_->clear();
  for (const std::string& name : numbers) {
    auto* item = new QListWidgetItem(QString::fromStdString(name), columns_);
    item->setData(Qt::UserRole, QString::fromStdString(name));
    item->setFlags(item->flags() | Qt::ItemIsUserCheckable);
    item->setCheckState(contains(state_.columns, name) ? Qt::Checked : Qt::Unchecked);
    item->setSelected(contains(state_.shown, name));
  }
}

void ForecastPanel::onOpened() {
  table_->showTable(*source_->table(), state_.settings);
  showFacts();
  if (source_->rows() == 0) {
    later_ = Later::kNothing;
    const auto& problems = source_->table()->problems;
    return showProblem(problems.empty() ? tr("The table has no rows of values.")
                                        : QString::fromStdString(problems.front()),
                       false);
  }
  if (state_.origin) state_.origin = std::min(*state_.origin, source_->rows());
  if (state_.origin == source_->rows()) state_.origin.reset();
  showColumns();
  showAhead();
  plot_->setOrigin(state_.origin.value_or(source_->rows()));
  plot_->showRange(0, 2.0 * static_cast<double>(source_->rows()));
  updateActions();
  const Later later = std::exchange(later_, Later::kNothing);
  if (later == Later::kForecast) runForecast();
  if (later == Later::kBacktest) runBacktest();
}

void ForecastPanel::showFacts() {
  const auto& table = *source_->table();
  QString facts = tr("%1 rows").arg(QLocale().toString(static_cast<qlonglong>(source_->rows())));
  if (table.step.value_or(0) > 0) facts += QStringLiteral(", ") + stepText(*table.step);
  if (table.firstTime && table.lastTime)
    facts += QLatin1Char('\n') + tr("%1 to %2")
                                     .arg(rowTimeText(*table.firstTime, source_->step()),
                                          rowTimeText(*table.lastTime, source_->step()));
  if (!table.problems.empty())
    facts += QLatin1Char('\n') + QString::fromStdString(table.problems.front());
  facts_->setText(facts);
  const QSignalBlocker quiet(columns_);
  for (int i = 0; i < columns_->count(); ++i) {
    QListWidgetItem* item = columns_->item(i);
    const auto column =
        std::ranges::find(table.columns, item->data(Qt::UserRole).toString().toStdString(),
                          &protocol::TableColumn::name);
    if (column == table.columns.end()) continue;
    if (column->least && column->greatest)
      item->setToolTip(tr("%1 to %2").arg(*column->least).arg(*column->greatest));
    if (column->missing.value_or(0) == 0) continue;
    item->setText(tr("%1 · %2 missing")
                      .arg(QString::fromStdString(column->name))
                      .arg(static_cast<qlonglong>(*column->missing)));
  }
}

// Values come of the columns that are forecast too: they are exported.
void ForecastPanel::showColumns() {
  std::vector<std::string> wanted = state_.shown;
  for (const std::string& column : state_.columns)
    if (!contains(wanted, column)) wanted.push_back(column);
  source_->setColumns(wanted);
  plot_->setColumns(state_.shown);
}

void ForecastPanel::onColumnsChanged() {
  std::vector<std::string> columns;
  for (int i = 0; i < columns_->count(); ++i)
    if (columns_->item(i)->checkState() == Qt::Checked)
      columns.push_back(columns_->item(i)->data(Qt::UserRole).toString().toStdString());
  if (columns == state_.columns) return;
  state_.columns = columns;
  save();
  showColumns();
  updateActions();
  followOrigin();
}

void ForecastPanel::onShownChanged() {
  std::vector<std::string> shown;
  for (int i = 0; i < columns_->count(); ++i)
    if (columns_->item(i)->isSelected() && shown.size() < kMostShown)
      shown.push_back(columns_->item(i)->data(Qt::UserRole).toString().toStdString());
  if (shown.empty() || shown == state_.shown) return;
  state_.shown = shown;
  save();
  showColumns();
}

void ForecastPanel::dragEnterEvent(QDragEnterEvent* event) {
  if (!filesIn(*event->mimeData()).isEmpty()) event->acceptProposedAction();
}

void ForecastPanel::dropEvent(QDropEvent* event) {
  const QStringList files = filesIn(*event->mimeData());
  if (files.isEmpty()) return;
  openFile(files.front());
  event->acceptProposedAction();
}

}  // namespace orrery::ui
