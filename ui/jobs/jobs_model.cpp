#include "ui/jobs/jobs_model.h"

#include <algorithm>

#include "core/protocol/lifecycle.h"
#include "ui/engine/engine_process.h"
#include "ui/shell/theme.h"
#include "ui/widgets/widgets.h"

namespace orrery::ui {
namespace {

constexpr int kUpdateMilliseconds = 100;

QString amount(double value, const std::string& unit) {
  if (unit == "bytes") return formatBytes(value);
  return QStringLiteral("%1 %2").arg(QLocale().toString(value, 'f', value < 10 ? 1 : 0),
                                     QString::fromStdString(unit));
}

QString progressText(const JobRow& job) {
  const Progress& p = job.progress;
  if (p.done <= 0 && p.total <= 0) return {};
  if (p.total <= 0 || job.state != JobState::kRunning) return amount(p.done, p.unit);
  return JobsModel::tr("%1 of %2").arg(amount(p.done, p.unit), amount(p.total, p.unit));
}

QString stateText(const JobRow& job) {
  switch (job.state) {
    case JobState::kRunning:
      return JobsModel::tr("Running");
    case JobState::kDone:
      return JobsModel::tr("Done");
    case JobState::kCancelled:
      return JobsModel::tr("Cancelled");
    case JobState::kFailed:
      return job.error;
  }
  return {};
}

}  // namespace

JobsModel::JobsModel(QObject* parent) : QAbstractTableModel(parent) {
  update_.setSingleShot(true);
  update_.setInterval(kUpdateMilliseconds);
  connect(&update_, &QTimer::timeout, this, [this] {
    if (!jobs_.empty()) emit dataChanged(index(0, 0), index(rowCount() - 1, kColumnCount - 1));
  });
}

qint64 JobsModel::begin(const QString& title, const QString& model) {
  beginInsertRows({}, 0, 0);
  JobRow row;
  row.id = nextId_++;
  row.title = title;
  row.model = model;
  jobs_.insert(jobs_.begin(), row);
  endInsertRows();
  emit runningCountChanged();
  return row.id;
}

void JobsModel::attach(qint64 job, EngineProcess& engine, qint64 request) {
  JobRow* row = find(job);
  if (!row) return;
  row->engine = &engine;
  row->request = request;
  // Each engine is listened to once, however many jobs it runs.
  connect(&engine, &EngineProcess::notified, this, &JobsModel::onNotified, Qt::UniqueConnection);
}

void JobsModel::onNotified(const QString& method, const Json& params) {
  if (method != QLatin1String(protocol::ProgressParams::kMethod)) return;
  try {
    const auto message = protocol::readMessage<protocol::ProgressParams>(params, "$/progress");
    if (!message.request.is_number_integer()) return;
    for (const JobRow& row : jobs_)
      if (row.engine == sender() && row.request == message.request.get<qint64>())
        return advance(row.id, message.progress);
  } catch (const Error&) {
    // Progress that cannot be read is not worth ending the work for.
  }
}

void JobsModel::advance(qint64 job, const Progress& progress) {
  JobRow* row = find(job);
  if (!row || row->state != JobState::kRunning) return;
  row->progress = progress;
  changed();
}

void JobsModel::finish(qint64 job) {
  end(job, JobState::kDone, {});
}
void JobsModel::fail(qint64 job, const QString& error) {
  end(job, JobState::kFailed, error);
}
void JobsModel::markCancelled(qint64 job) {
  end(job, JobState::kCancelled, {});
}

void JobsModel::end(qint64 job, JobState state, const QString& error) {
  JobRow* row = find(job);
  if (!row || row->state != JobState::kRunning) return;
  row->state = state;
  row->error = error;
  changed();
  emit runningCountChanged();
}

void JobsModel::cancel(int row) {
  const JobRow job = this->job(row);  // a copy: its owner may change the list
  if (job.state != JobState::kRunning) return;
  if (job.engine) job.engine->cancel(job.request);
  emit cancelAsked(job.id);
}

void JobsModel::clearEnded() {
  beginResetModel();
  std::erase_if(jobs_, [](const JobRow& row) { return row.state != JobState::kRunning; });
  endResetModel();
}

int JobsModel::runningCount() const {
  return static_cast<int>(std::count_if(jobs_.begin(), jobs_.end(), [](const JobRow& row) {
    return row.state == JobState::kRunning;
  }));
}

int JobsModel::rowCount(const QModelIndex& parent) const {
  return parent.isValid() ? 0 : static_cast<int>(jobs_.size());
}

int JobsModel::columnCount(const QModelIndex& parent) const {
  return parent.isValid() ? 0 : kColumnCount;
}

QVariant JobsModel::data(const QModelIndex& index, int role) const {
  const JobRow& row = job(index.row());
  if (role == Qt::ForegroundRole && index.column() == kState && row.state == JobState::kFailed)
    return theme().danger;
  if (role == Qt::ToolTipRole) return row.state == JobState::kFailed ? row.error : row.title;
  if (role != Qt::DisplayRole) return {};
  const bool running = row.state == JobState::kRunning;
  switch (index.column()) {
    case kTitle:
      return row.title;
    case kProgress:
      return progressText(row);
    case kRate:
      return row.progress.rate > 0 ? amount(row.progress.rate, row.progress.unit) + tr("/s")
                                   : QString();
    case kLeft:
      return running && row.progress.secondsLeft ? formatDuration(*row.progress.secondsLeft)
                                                 : QString();
    case kState:
      return stateText(row);
    default:
      return {};
  }
}

QVariant JobsModel::headerData(int section, Qt::Orientation orientation, int role) const {
  if (orientation != Qt::Horizontal) return {};
  if (role == Qt::TextAlignmentRole) return int(Qt::AlignLeft | Qt::AlignVCenter);
  if (role != Qt::DisplayRole) return {};
  switch (section) {
    case kTitle:
      return tr("Job");
    case kProgress:
      return tr("Progress");
    case kRate:
      return tr("Rate");
    case kLeft:
      return tr("Time left");
    case kState:
      return tr("State");
    default:
      return {};
  }
}

JobRow* JobsModel::find(qint64 job) {
  const auto found =
      std::find_if(jobs_.begin(), jobs_.end(), [job](const JobRow& row) { return row.id == job; });
  return found == jobs_.end() ? nullptr : &*found;
}

void JobsModel::changed() {
  if (!update_.isActive()) update_.start();
}

}  // namespace orrery::ui
