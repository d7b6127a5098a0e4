#include "ui/train/runs_model.h"

#include <QDateTime>
#include <QFileInfo>
#include <QLocale>
#include <QPixmap>
#include <algorithm>

#include "ui/shell/theme.h"
#include "ui/train/train_document.h"

namespace orrery::ui {
namespace {

constexpr int kUpdateMilliseconds = 200;
constexpr int kSwatch = 10;

RunEntry entryOf(const protocol::TrainingRun& run) {
  RunEntry entry;
  entry.folder = QString::fromStdString(run.folder);
  entry.state = run.state == "finished" ? RunEntry::State::kFinished : RunEntry::State::kStopped;
  entry.problem = QString::fromStdString(run.problem);
  entry.settings = run.settings.is_object() ? run.settings : Json::object();
  entry.modelType = QString::fromStdString(run.modelType);
  entry.checkpoints.assign(run.checkpoints.begin(), run.checkpoints.end());
  entry.step = run.step;
  entry.best = run.bestMetric;
  entry.bestStep = run.bestStep;
  entry.changedAt = run.modifiedAt;
  *entry.curves = RunCurves::from(run.metrics, entry.settings);
  return entry;
}

QString metricOf(const Json& settings) {
  const Json name = settings.value("metric_for_best_model", Json());
  return name.is_string() ? QString::fromStdString(name.get<std::string>())
                          : QStringLiteral("loss");
}

void takeBest(RunEntry& run, const Json& line) {
  std::string name = metricOf(run.settings).toStdString();
  if (!name.starts_with("eval_")) name = "eval_" + name;
  const auto found = line.find(name);
  if (found == line.end() || !found->is_number()) return;
  const double value = found->get<double>();
  const bool greater = run.settings.value("greater_is_better", Json(false)) == Json(true);
  if (run.best && (greater ? value <= *run.best : value >= *run.best)) return;
  run.best = value;
  run.bestStep = run.step;
}

}  // namespace

QString RunEntry::name() const {
  return QFileInfo(folder).fileName();
}

QString RunEntry::model() const {
  if (state == State::kFinished) return folder;
  const bool known = std::ranges::find(checkpoints, bestStep) != checkpoints.end();
  const qint64 step = known ? bestStep : checkpoints.empty() ? 0 : checkpoints.back();
  return step > 0 ? QStringLiteral("%1/checkpoint-%2").arg(folder).arg(step) : QString();
}

RunsModel::RunsModel(QObject* parent) : QAbstractTableModel(parent) {
  update_.setSingleShot(true);
  update_.setInterval(kUpdateMilliseconds);
  connect(&update_, &QTimer::timeout, this, [this] {
    if (!entries_.empty()) emit dataChanged(index(0, 0), index(rowCount() - 1, kColumnCount - 1));
  });
}

RunEntry* RunsModel::find(const QString& folder) {
  const int row = rowOf(folder);
  return row < 0 ? nullptr : &entries_[static_cast<std::size_t>(row)];
}

int RunsModel::rowOf(const QString& folder) const {
  const auto found = std::ranges::find(entries_, folder, &RunEntry::folder);
  return found == entries_.end() ? -1 : static_cast<int>(found - entries_.begin());
}

void RunsModel::setRuns(const std::vector<protocol::TrainingRun>& runs) {
  std::vector<RunEntry> now;
  for (const RunEntry& entry : entries_)
    if (entry.live()) now.push_back(entry);
  for (const protocol::TrainingRun& run : runs) {
    RunEntry entry = entryOf(run);
    if (std::ranges::find(now, entry.folder, &RunEntry::folder) != now.end()) continue;
    const RunEntry* before = find(entry.folder);
    if (before && before->state == RunEntry::State::kFailed &&
        entry.state == RunEntry::State::kStopped) {
      entry.state = before->state;
      entry.problem = before->problem;
    }
    now.push_back(std::move(entry));
  }
  beginResetModel();
  entries_ = std::move(now);
  endResetModel();
}

int RunsModel::begin(const QString& folder, const Json& settings, const QString& modelType) {
  RunEntry entry;
  if (const RunEntry* before = find(folder)) entry = *before;
  remove(folder);
  entry.folder = folder;
  entry.settings = settings;
  entry.modelType = modelType;
  entry.state = RunEntry::State::kRunning;
  entry.problem.clear();
  beginInsertRows({}, 0, 0);
  entries_.insert(entries_.begin(), std::move(entry));
  endInsertRows();
  return 0;
}

void RunsModel::remove(const QString& folder) {
  const int row = rowOf(folder);
  if (row < 0) return;
  beginRemoveRows({}, row, row);
  entries_.erase(entries_.begin() + row);
  endRemoveRows();
}

void RunsModel::setState(const QString& folder, RunEntry::State state, const QString& problem) {
  RunEntry* run = find(folder);
  if (!run) return;
  run->state = state;
  run->problem = problem;
  update_.start();
}

void RunsModel::take(const QString& folder, const Json& line) {
  RunEntry* run = find(folder);
  if (!run || !line.is_object()) return;
  run->curves->take(line, examplesOfStep(run->settings));
  const auto step = line.find("step");
  if (step != line.end() && step->is_number()) run->step = step->get<qint64>();
  takeBest(*run, line);
  run->changedAt = static_cast<double>(QDateTime::currentSecsSinceEpoch());
  if (!update_.isActive()) update_.start();
}

void RunsModel::setStep(const QString& folder, qint64 step) {
  RunEntry* run = find(folder);
  if (!run || run->step == step) return;
  run->step = step;
  if (!update_.isActive()) update_.start();
}

void RunsModel::setColors(const QHash<QString, QColor>& colors) {
  if (colors == colors_) return;
  colors_ = colors;
  update_.start();
}

int RunsModel::rowCount(const QModelIndex& parent) const {
  return parent.isValid() ? 0 : static_cast<int>(entries_.size());
}

int RunsModel::columnCount(const QModelIndex& parent) const {
  return parent.isValid() ? 0 : kColumnCount;
}

QString RunsModel::text(const RunEntry& run, int column) const {
  static const char* const kStates[] = {QT_TR_NOOP("finished"), QT_TR_NOOP("stopped"),
                                        QT_TR_NOOP("failed"), QT_TR_NOOP("running"),
                                        QT_TR_NOOP("paused")};
  switch (column) {
    case kName:
      return run.name();
    case kState:
      if (run.problem.isEmpty() || run.live()) return tr(kStates[static_cast<int>(run.state)]);
      return run.state == RunEntry::State::kFailed ? tr("failed") : tr("cannot be read");
    case kBest:
      return run.best ? tr("%1 %2 at %3")
                            .arg(metricOf(run.settings))
                            .arg(*run.best, 0, 'g', 4)
                            .arg(run.bestStep)
                      : QString();
    case kStep:
      return QLocale().toString(run.step);
    case kChanged:
      return QDateTime::fromSecsSinceEpoch(static_cast<qint64>(run.changedAt))
          .toString(QStringLiteral("yyyy-MM-dd hh:mm"));
    default:
      return modelInShort(run.settings, run.modelType) + QStringLiteral(" \u00B7 ") +
             settingsInShort(run.settings);
  }
}

QVariant RunsModel::data(const QModelIndex& index, int role) const {
  const RunEntry& run = entry(index.row());
  if (role == Qt::DisplayRole) return text(run, index.column());
  if (role == Qt::ToolTipRole)
    return index.column() == kState && !run.problem.isEmpty() ? run.problem : run.folder;
  if (role == Qt::ForegroundRole && index.column() == kState) {
    if (run.live()) return theme().accent;
    if (!run.problem.isEmpty()) return theme().danger;
  }
  if (role == Qt::DecorationRole && index.column() == kName) {
    QPixmap swatch(kSwatch, kSwatch);
    swatch.fill(colors_.value(run.folder, Qt::transparent));
    return swatch;
  }
  if (role == Qt::TextAlignmentRole && index.column() == kStep)
    return int(Qt::AlignRight | Qt::AlignVCenter);
  return {};
}

QVariant RunsModel::headerData(int section, Qt::Orientation orientation, int role) const {
  if (orientation != Qt::Horizontal || role != Qt::DisplayRole) return {};
  const QString names[] = {tr("Run"),  tr("State"),   tr("Best evaluation"),
                           tr("Step"), tr("Changed"), tr("Model and settings")};
  return names[section];
}

}  // namespace orrery::ui
