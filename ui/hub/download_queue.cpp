#include "ui/hub/download_queue.h"

#include <algorithm>
#include <utility>

#include "core/base/file.h"
#include "ui/engine/engine_pool.h"
#include "ui/shell/theme.h"
#include "ui/widgets/widgets.h"

namespace orrery::ui {
namespace {

constexpr int kUpdateMilliseconds = 100;
constexpr int kSaveMilliseconds = 2000;
constexpr int kMostFailures = 5;  // of an attempt that had begun
constexpr int kFirstWait = 1000;  // milliseconds
constexpr int kLongestWait = 30'000;
constexpr std::size_t kMostSamples = 600;
constexpr double kSampleSeconds = 0.5;
constexpr std::uint64_t kFileLimit = 64u << 20;

// Kinds of what may pass: the network, the disk, the engine itself.
bool mayPass(const EngineError& error) {
  return error.kind == QLatin1String("io") || error.kind == QLatin1String("protocol");
}

QString progressText(const DownloadItem& item) {
  const auto bytes = [](qint64 count) { return formatBytes(static_cast<double>(count)); };
  if (item.parts.empty()) return {};
  if (item.state == DownloadState::kDone) return bytes(item.total());
  return DownloadQueue::tr("%1 of %2").arg(bytes(item.done()), bytes(item.total()));
}

QString runningText(const DownloadItem& item) {
  if (item.rate <= 0)
    return item.parts.empty() ? DownloadQueue::tr("Asking the hub")
                              : DownloadQueue::tr("Downloading");
  const QString rate = DownloadQueue::tr("%1/s").arg(formatBytes(item.rate));
  if (!item.secondsLeft) return rate;
  return DownloadQueue::tr("%1, %2 left").arg(rate, formatDuration(*item.secondsLeft));
}

QString stateText(const DownloadItem& item) {
  const QString& reason = item.reason;
  switch (item.state) {
    case DownloadState::kWaiting:
      return DownloadQueue::tr("Waiting for its turn");
    case DownloadState::kRunning:
      return reason.isEmpty() ? runningText(item) : reason;
    case DownloadState::kPaused:
      return DownloadQueue::tr("Paused");
    case DownloadState::kRetrying:
      return DownloadQueue::tr("Tries again soon: %1").arg(reason);
    case DownloadState::kFailed:
      return DownloadQueue::tr("Failed: %1").arg(reason);
    case DownloadState::kDone:
      return DownloadQueue::tr("Done, verified");
  }
  return {};
}

}  // namespace

DownloadQueue::DownloadQueue(EnginePool& engines, QString file, QObject* parent)
    : QAbstractTableModel(parent), engines_(engines), file_(std::move(file)) {
  clock_.start();
  update_.setSingleShot(true);
  update_.setInterval(kUpdateMilliseconds);
  connect(&update_, &QTimer::timeout, this, &DownloadQueue::showTouched);
  saving_.setSingleShot(true);
  saving_.setInterval(kSaveMilliseconds);
  connect(&saving_, &QTimer::timeout, this, &DownloadQueue::save);
  connect(&engines_.files(), &EngineProcess::notified, this, &DownloadQueue::onNotified);
  load();
  QTimer::singleShot(0, this, &DownloadQueue::startWaiting);  // when the window is there
}

DownloadQueue::~DownloadQueue() {
  save();
}

void DownloadQueue::load() {
  if (!QFile::exists(file_)) return;
  try {
    const std::string name = file_.toStdString();
    KeptDownloads kept = downloadsFromJson(parseJson(readTextFile(name, kFileLimit), name), name);
    items_ = std::move(kept.items);
    limit_ = kept.limit;
    for (DownloadItem& item : items_) item.id = nextId_++;
  } catch (const Error& error) {
    problem_ = QString::fromUtf8(error.what());
    QFile::rename(file_, file_ + QStringLiteral(".unreadable"));  // not to be written over
  }
}

void DownloadQueue::save() {
  saving_.stop();
  try {
    writeFileAtomically(file_.toStdString(), toJson(KeptDownloads{items_, limit_}).dump(1));
  } catch (const Error& error) {
    problem_ = QString::fromUtf8(error.what());
  }
}

void DownloadQueue::add(const QString& model, const QStringList& files, bool openWhenDone) {
  const auto same = std::find_if(items_.begin(), items_.end(), [&](const DownloadItem& item) {
    return item.model == model && item.files == files && item.state != DownloadState::kDone;
  });
  if (same != items_.end()) {
    same->openWhenDone = same->openWhenDone || openWhenDone;
    const int row = static_cast<int>(same - items_.begin());
    if (same->state == DownloadState::kPaused || same->state == DownloadState::kFailed) resume(row);
    emit added(row);
    return;
  }
  const int row = rowCount();
  beginInsertRows({}, row, row);
  DownloadItem item;
  item.id = nextId_++;
  item.model = model;
  item.files = files;
  item.openWhenDone = openWhenDone;
  items_.push_back(std::move(item));
  endInsertRows();
  save();
  emit activeCountChanged();
  emit added(row);
  startWaiting();
}

void DownloadQueue::pause(int row) {
  DownloadItem& item = items_[static_cast<std::size_t>(row)];
  if (item.ended() || item.state == DownloadState::kPaused) return;
  setState(item, DownloadState::kPaused);
  if (item.request != 0) steerAll();
  startWaiting();
}

void DownloadQueue::resume(int row) {
  DownloadItem& item = items_[static_cast<std::size_t>(row)];
  if (item.state == DownloadState::kRunning || item.state == DownloadState::kDone) return;
  item.failures = 0;
  setState(item, item.request != 0 ? DownloadState::kRunning : DownloadState::kWaiting);
  if (item.request != 0) steerAll();
  startWaiting();
}

void DownloadQueue::stop(DownloadItem& item) {
  if (item.request != 0) engines_.files().cancel(std::exchange(item.request, 0));
}

void DownloadQueue::remove(int row) {
  beginRemoveRows({}, row, row);
  stop(items_[static_cast<std::size_t>(row)]);
  items_.erase(items_.begin() + row);
  endRemoveRows();
  save();
  emit activeCountChanged();
  startWaiting();
}

void DownloadQueue::move(int row, int to) {
  if (row == to || to < 0 || to >= rowCount()) return;
  beginMoveRows({}, row, row, {}, to > row ? to + 1 : to);
  const auto first = items_.begin();
  if (row < to)
    std::rotate(first + row, first + row + 1, first + to + 1);
  else
    std::rotate(first + to, first + row, first + row + 1);
  endMoveRows();
  save();
}

void DownloadQueue::open(int row) {
  if (item(row).state == DownloadState::kDone) emit openAsked(item(row).path);
}

void DownloadQueue::clearEnded() {
  beginResetModel();
  std::erase_if(items_, [](const DownloadItem& item) { return item.ended(); });
  endResetModel();
  save();
}

void DownloadQueue::setLimit(double bytesPerSecond) {
  limit_ = bytesPerSecond;
  steerAll();
  save();
}

double DownloadQueue::share() const {
  return limit_ > 0 ? limit_ / std::max(1, runningCount()) : 0;
}

void DownloadQueue::steerAll() {
  for (DownloadItem& item : items_)
    if (item.request != 0) steer(item);
}

// Tells the engine whether a download is paused and what its share of the limit is. One message at
// a time: requests run side by side, and the last must be the one that counts.
void DownloadQueue::steer(DownloadItem& item) {
  if (item.steering) {
    item.steerAgain = true;
    return;
  }
  item.steering = true;
  protocol::SteerDownloadParams params;
  params.download = std::to_string(item.id);
  params.paused = item.state == DownloadState::kPaused;
  params.bytesPerSecond = share();
  const auto answered = [this, id = item.id] {
    DownloadItem* told = find(id);
    if (!told) return;
    told->steering = false;
    if (std::exchange(told->steerAgain, false) && told->request != 0) steer(*told);
  };
  engines_.files().request<protocol::SteerDownloadParams>(
      params, this, [answered](const protocol::Done&) { answered(); },
      // It has not begun, or has just ended, which is told elsewhere.
      [answered](const EngineError&) { answered(); });
}

void DownloadQueue::startWaiting() {
  bool any = false;
  for (std::size_t i = 0; i < items_.size() && runningCount() < kAtOnce; ++i) {
    if (items_[i].state != DownloadState::kWaiting || items_[i].request != 0) continue;
    start(items_[i]);
    any = true;
  }
  if (any && limit_ > 0) steerAll();
}

void DownloadQueue::start(DownloadItem& item) {
  item.begun = false;
  setState(item, DownloadState::kRunning);
  protocol::DownloadParams params;
  params.download = std::to_string(item.id);
  params.model = item.model.toStdString();
  for (const QString& file : item.files) params.files.push_back(file.toStdString());
  params.all = item.all;
  params.bytesPerSecond = share();
  item.request = engines_.files().request<protocol::DownloadParams>(
      params, this,
      [this, id = item.id](const protocol::DownloadResult& result) { onDone(id, result); },
      [this, id = item.id](const EngineError& error) { onFailed(id, error); });
}

void DownloadQueue::onDone(qint64 id, const protocol::DownloadResult& result) {
  DownloadItem* item = find(id);
  if (!item) return;
  item->request = 0;
  item->path = QString::fromStdString(result.model);
  for (DownloadPart& part : item->parts) {
    part.done = part.size;
    part.complete = true;
  }
  setState(*item, DownloadState::kDone);
  emit finished(item->model, item->path, std::exchange(item->openWhenDone, false));
  startWaiting();
}

void DownloadQueue::onFailed(qint64 id, const EngineError& error) {
  DownloadItem* item = find(id);
  if (!item || error.cancelled()) return;
  const bool paused = item->state == DownloadState::kPaused;
  item->request = 0;
  item->rate = 0;
  item->secondsLeft.reset();
  if (paused) return touch(*item);
  if (item->begun) ++item->failures;
  if (!mayPass(error) || item->failures > kMostFailures) {
    setState(*item, DownloadState::kFailed, error.message);
  } else {
    setState(*item, DownloadState::kRetrying, error.message);
    const int wait = std::min(kLongestWait, kFirstWait << std::min(item->failures, 5));
    QTimer::singleShot(wait, this, [this, id] {
      DownloadItem* again = find(id);
      if (!again || again->state != DownloadState::kRetrying) return;
      setState(*again, DownloadState::kWaiting);
      startWaiting();
    });
  }
  QTimer::singleShot(0, this, &DownloadQueue::startWaiting);  // when the engine has ended
}

void DownloadQueue::onNotified(const QString& method, const Json& params) {
  try {
    const auto request = params.find("request");
    DownloadItem* item = request == params.end() ? nullptr : findRequest(*request);
    if (!item) return;
    const std::string name = method.toStdString();
    if (name == protocol::DownloadBegun::kMethod) {
      onBegun(*item, protocol::readMessage<protocol::DownloadBegun>(params, name).plan);
    } else if (name == protocol::DownloadedFile::kMethod) {
      onFile(*item, protocol::readMessage<protocol::DownloadedFile>(params, name));
    } else if (name == protocol::DownloadNotice::kMethod) {
      const auto notice = protocol::readMessage<protocol::DownloadNotice>(params, name);
      item->reason = QString::fromStdString(notice.sentence);
    } else if (name == protocol::ProgressParams::kMethod) {
      const auto progress = protocol::readMessage<protocol::ProgressParams>(params, name).progress;
      if (item->state != DownloadState::kRunning) return;
      item->rate = progress.rate;
      item->secondsLeft = progress.secondsLeft;
      const double now = static_cast<double>(clock_.elapsed()) / 1000;
      if (item->rates.empty() || now - item->rates.back().seconds >= kSampleSeconds)
        item->rates.push_back({now, progress.rate});
      if (item->rates.size() > kMostSamples) item->rates.erase(item->rates.begin());
    }
    touch(*item);
  } catch (const Error&) {
    // A notification that cannot be read is not worth ending the download for.
  }
}

void DownloadQueue::onBegun(DownloadItem& item, const protocol::HubPlan& plan) {
  item.begun = true;
  item.parts.clear();
  for (const protocol::PlannedHubFile& file : plan.files)
    item.parts.push_back(
        {QString::fromStdString(file.path), file.size, file.size - file.bytesLeft, file.present});
  if (item.state == DownloadState::kPaused || limit_ > 0)
    steer(item);  // it can be told from now on
  save();
}

void DownloadQueue::onFile(DownloadItem& item, const protocol::DownloadedFile& message) {
  const QString path = QString::fromStdString(message.path);
  const auto part = std::find_if(item.parts.begin(), item.parts.end(),
                                 [&](const DownloadPart& each) { return each.path == path; });
  if (part == item.parts.end()) return;
  item.reason.clear();  // what a notice told is over
  part->done = message.done;
  part->complete = message.complete;
  if (message.complete) item.failures = 0;
  if (!saving_.isActive()) saving_.start();
}

void DownloadQueue::setState(DownloadItem& item, DownloadState state, const QString& reason) {
  item.state = state;
  item.reason = reason;
  if (state != DownloadState::kRunning) {
    item.rate = 0;
    item.secondsLeft.reset();
  }
  touch(item);
  save();
  emit activeCountChanged();
}

void DownloadQueue::touch(const DownloadItem& item) {
  if (!touched_.contains(item.id)) touched_.append(item.id);
  if (!update_.isActive()) update_.start();
}

void DownloadQueue::showTouched() {
  for (const qint64 id : std::exchange(touched_, {}))
    for (int row = 0; row < rowCount(); ++row)
      if (item(row).id == id) {
        emit dataChanged(index(row, 0), index(row, kColumnCount - 1));
        emit itemChanged(row);
      }
}

DownloadItem* DownloadQueue::find(qint64 id) {
  const auto found = std::find_if(items_.begin(), items_.end(),
                                  [id](const DownloadItem& item) { return item.id == id; });
  return found == items_.end() ? nullptr : &*found;
}

DownloadItem* DownloadQueue::findRequest(const Json& request) {
  if (!request.is_number_integer()) return nullptr;
  const auto id = request.get<qint64>();
  const auto found = std::find_if(items_.begin(), items_.end(),
                                  [id](const DownloadItem& item) { return item.request == id; });
  return found == items_.end() ? nullptr : &*found;
}

int DownloadQueue::rowOf(const QString& model) const {
  for (int row = 0; row < rowCount(); ++row)
    if (item(row).model == model && !item(row).ended()) return row;
  return -1;
}

int DownloadQueue::runningCount() const {
  return static_cast<int>(std::count_if(items_.begin(), items_.end(), [](const DownloadItem& item) {
    return item.state == DownloadState::kRunning;
  }));
}

int DownloadQueue::activeCount() const {
  return static_cast<int>(std::count_if(items_.begin(), items_.end(), [](const DownloadItem& item) {
    return !item.ended() && item.state != DownloadState::kPaused;
  }));
}

int DownloadQueue::rowCount(const QModelIndex& parent) const {
  return parent.isValid() ? 0 : static_cast<int>(items_.size());
}

int DownloadQueue::columnCount(const QModelIndex& parent) const {
  return parent.isValid() ? 0 : kColumnCount;
}

QVariant DownloadQueue::data(const QModelIndex& index, int role) const {
  const DownloadItem& row = item(index.row());
  if (role == Qt::ForegroundRole && index.column() == kState) {
    if (row.state == DownloadState::kFailed) return theme().danger;
    if (row.state == DownloadState::kRetrying) return theme().warning;
    if (row.state == DownloadState::kDone) return theme().success;
  }
  if (role == Qt::ToolTipRole) return index.column() == kState ? stateText(row) : row.model;
  if (role != Qt::DisplayRole) return {};
  switch (index.column()) {
    case kModel:
      return row.files.isEmpty() ? row.model
                                 : QStringLiteral("%1 \u00B7 %2").arg(row.model, row.files.first());
    case kProgress:
      return progressText(row);
    case kState:
      return stateText(row);
    default:
      return {};
  }
}

QVariant DownloadQueue::headerData(int section, Qt::Orientation orientation, int role) const {
  if (orientation != Qt::Horizontal) return {};
  if (role == Qt::TextAlignmentRole) return int(Qt::AlignLeft | Qt::AlignVCenter);
  if (role != Qt::DisplayRole) return {};
  const QString titles[] = {tr("Model"), tr("Progress"), tr("State")};
  return section < kColumnCount ? titles[section] : QVariant();
}

}  // namespace orrery::ui
