#include "ui/speech/speech_queue.h"

#include <QCryptographicHash>
#include <QDir>
#include <QFileInfo>
#include <algorithm>
#include <utility>

#include "core/base/error.h"
#include "core/base/file.h"
#include "ui/shell/theme.h"
#include "ui/speech/transcript_text.h"

namespace orrery::ui {
namespace {

constexpr int kSaveMilliseconds = 500;
constexpr std::uint64_t kLargest = 256u << 20;  // of a kept transcript

using State = SpeechItem::State;

// A recording that was being recognised when the window ended waits again, unless it was before.
Json toJson(const SpeechItem& item, std::size_t place) {
  const bool again = !item.before.segments.empty();
  const bool ended = again || item.state == State::kDone || item.state == State::kFailed;
  return {{"file", item.file.toStdString()},
          {"place", place},
          {"done", ended},
          {"problem", item.problem.toStdString()},
          {"model", item.model.toStdString()},
          {"other", toJson(item.other)},
          {"other_model", item.otherModel.toStdString()},
          {"transcript", toJson(again ? item.before : item.transcript)}};
}

SpeechItem itemFrom(const Json& json, const std::string& name) {
  const JsonField field(json, name);
  SpeechItem item;
  item.file = QString::fromStdString(field.require<std::string>("file"));
  item.problem = QString::fromStdString(field.get<std::string>("problem", {}));
  item.transcript = transcriptFromJson(field["transcript"].json());
  item.model = QString::fromStdString(field.get<std::string>("model", {}));
  if (const auto other = field.find("other")) item.other = transcriptFromJson(other->json());
  item.otherModel = QString::fromStdString(field.get<std::string>("other_model", {}));
  if (field.get("done", false)) item.state = item.problem.isEmpty() ? State::kDone : State::kFailed;
  return item;
}

}  // namespace

SpeechQueue::SpeechQueue(QString folder, QObject* parent)
    : QAbstractListModel(parent), folder_(std::move(folder)) {
  save_.setSingleShot(true);
  save_.setInterval(kSaveMilliseconds);
  connect(&save_, &QTimer::timeout, this, &SpeechQueue::saveNow);
  read();
}

SpeechQueue::~SpeechQueue() {
  saveNow();
}

void SpeechQueue::read() {
  std::vector<std::pair<std::size_t, SpeechItem>> found;
  const QDir folder(folder_);
  for (const QString& name : folder.entryList({QStringLiteral("*.json")}, QDir::Files)) {
    const std::string path = folder.filePath(name).toStdString();
    try {
      const Json json = parseJson(readTextFile(path, kLargest), path);
      found.emplace_back(JsonField(json, path).get<std::int64_t>("place", 0), itemFrom(json, path));
    } catch (const std::exception&) {
      // A file that is none of ours stays where it is.
    }
  }
  std::ranges::stable_sort(found, {}, [](const auto& entry) { return entry.first; });
  for (auto& [place, item] : found) items_.push_back(std::move(item));
}

QString SpeechQueue::pathOf(const QString& file) const {
  const QByteArray hash = QCryptographicHash::hash(file.toUtf8(), QCryptographicHash::Sha1);
  return QDir(folder_).filePath(QString::fromLatin1(hash.toHex()) + QStringLiteral(".json"));
}

int SpeechQueue::rowOf(const QString& file) const {
  const auto found = std::ranges::find(items_, file, &SpeechItem::file);
  return found == items_.end() ? -1 : static_cast<int>(found - items_.begin());
}

int SpeechQueue::add(const QString& file) {
  const QString path = QFileInfo(file).absoluteFilePath();
  if (const int row = rowOf(path); row >= 0) return row;
  const int row = rowCount();
  beginInsertRows({}, row, row);
  items_.push_back({.file = path});
  endInsertRows();
  changed(row);
  return row;
}

void SpeechQueue::remove(int row) {
  beginRemoveRows({}, row, row);
  unsaved_.remove(item(row).file);
  QFile::remove(pathOf(item(row).file));
  items_.erase(items_.begin() + row);
  endRemoveRows();
}

void SpeechQueue::begin(int row) {
  SpeechItem& item = items_[static_cast<std::size_t>(row)];
  item.before = std::exchange(item.transcript, {});
  item.model.clear();
  item.state = State::kRunning;
  item.problem.clear();
  changed(row);
}

void SpeechQueue::beginOther(int row) {
  SpeechItem& item = items_[static_cast<std::size_t>(row)];
  item.state = State::kRunning;
  item.problem.clear();
  setOther(row, {});
}

void SpeechQueue::setModel(int row, const QString& model) {
  items_[static_cast<std::size_t>(row)].model = model;
  changed(row);
}

void SpeechQueue::setOther(int row, const Transcript& transcript, const QString& model) {
  SpeechItem& item = items_[static_cast<std::size_t>(row)];
  item.other = transcript;
  item.otherModel = model;
  changed(row);
}

void SpeechQueue::end(int row, State state, const QString& problem) {
  SpeechItem& item = items_[static_cast<std::size_t>(row)];
  item.transcript.draft = item.other.draft = {};
  if (item.transcript.segments.empty()) item.transcript = item.before;
  item.before = {};
  item.state = state;
  item.problem = problem;
  changed(row);
}

void SpeechQueue::setWaiting(int row) {
  items_[static_cast<std::size_t>(row)].state = State::kWaiting;
  changed(row);
}

void SpeechQueue::setTranscript(int row, const Transcript& transcript) {
  items_[static_cast<std::size_t>(row)].transcript = transcript;
  changed(row);
}

int SpeechQueue::nextWaiting() const {
  const auto found = std::ranges::find(items_, State::kWaiting, &SpeechItem::state);
  return found == items_.end() ? -1 : static_cast<int>(found - items_.begin());
}

void SpeechQueue::changed(int row) {
  unsaved_.insert(item(row).file);
  if (!save_.isActive()) save_.start();
  emit dataChanged(index(row), index(row));
}

void SpeechQueue::saveNow() {
  save_.stop();
  if (unsaved_.isEmpty()) return;
  try {
    if (!QDir().mkpath(folder_))
      throw Error(ErrorKind::kIo, "{}: cannot be made", folder_.toStdString());
    for (std::size_t i = 0; i < items_.size(); ++i)
      if (unsaved_.contains(items_[i].file))
        writeFileAtomically(pathOf(items_[i].file).toStdString(), toJson(items_[i], i).dump());
    unsaved_.clear();
  } catch (const Error& error) {
    emit failed(QString::fromUtf8(error.what()));
  }
}

int SpeechQueue::rowCount(const QModelIndex& parent) const {
  return parent.isValid() ? 0 : static_cast<int>(items_.size());
}

QVariant SpeechQueue::data(const QModelIndex& index, int role) const {
  const SpeechItem& shown = item(index.row());
  const QString name = QFileInfo(shown.file).fileName();
  if (role == Qt::ToolTipRole)
    return shown.problem.isEmpty() ? shown.file : shown.file + QLatin1Char('\n') + shown.problem;
  if (role == Qt::ForegroundRole && shown.state == State::kFailed) return theme().danger;
  if (role == Qt::ForegroundRole && shown.state == State::kWaiting) return theme().muted;
  if (role != Qt::DisplayRole && role != Qt::AccessibleTextRole) return {};
  switch (shown.state) {
    case State::kRunning:
      return tr("%1 …").arg(name);
    case State::kDone:
      return tr("✓ %1").arg(name);
    case State::kFailed:
      return tr("✗ %1").arg(name);
    case State::kWaiting:
      break;
  }
  return name;
}

}  // namespace orrery::ui
