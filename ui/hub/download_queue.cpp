#include "ui/hub/download_queue.h"

#include <algorithm>
#include <utility>

#include "core/base/file.h"
#include "ui/engine/engine_pool.h"

namespace orrery::ui {
namespace {

constexpr int kUpdateMilliseconds = 100;
constexpr int kSaveMilliseconds = 2000;
constexpr int kMostFailures = 5;  // of an attempt that had begun
constexpr int kFirstWait = 1000;  // milliseconds
constexpr int kLongestWait = 30'000;
constexpr std::uint64_t kFileLimit = 64u << 20;

// Kinds of what may pass: the network, the disk, the engine itself.
bool mayPass(const EngineError& error) {
  return error.kind == QLatin1String("io") || error.kind == QLatin1String("protocol");
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

}  // namespace orrery::ui
