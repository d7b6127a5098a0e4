#include "ui/library/library_model.h"

#include <QDir>
#include <QFileInfo>
#include <QSettings>
#include <algorithm>
#include <utility>

#include "ui/engine/engine_pool.h"
#include "ui/shell/theme.h"
#include "ui/widgets/widgets.h"

namespace orrery::ui {
namespace {

constexpr auto kFoldersKey = "library/folders";

QString typeText(const protocol::ModelEntry& entry) {
  QStringList parts;
  for (const std::string& part : {entry.modelType, entry.dtype, entry.format})
    if (!part.empty()) parts += QString::fromStdString(part);
  return parts.join(QStringLiteral(" \u00B7 "));
}

// What a person who names `path` means: of a file of a checkpoint folder, that folder.
QString meantBy(const QString& path) {
  const QFileInfo file(path);
  const bool part = file.isFile() && file.suffix() != QLatin1String("gguf") &&
                    file.dir().exists(QStringLiteral("config.json"));
  return part ? file.dir().absolutePath() : QDir::cleanPath(file.absoluteFilePath());
}

bool isBelow(const std::string& path, const QString& place) {
  const QString text = QString::fromStdString(path);
  return text == place || text.startsWith(place + QLatin1Char('/'));
}

QString sourceText(const std::string& source) {
  if (source == "data") return LibraryModel::tr("Data folder");
  if (source == "hub") return LibraryModel::tr("Hub cache");
  if (source == "lmstudio") return QStringLiteral("LM Studio");
  if (source == "ollama") return QStringLiteral("Ollama");
  if (source == "gpt4all") return QStringLiteral("GPT4All");
  if (source == "llama.cpp") return QStringLiteral("llama.cpp");
  return LibraryModel::tr("Added folder");
}

}  // namespace

LibraryModel::LibraryModel(QSettings& settings, EnginePool& engines, QObject* parent)
    : QAbstractTableModel(parent),
      settings_(settings),
      engines_(engines),
      caches_(settings, engines) {
  connect(&caches_, &CacheFolders::changed, this, &LibraryModel::refresh);
}

void LibraryModel::refresh() {
  if (busy_) {
    again_ = true;
    return;
  }
  busy_ = true;
  protocol::ListModelsParams params;
  for (const QString& folder : folders()) params.folders.push_back(folder.toStdString());
  engines_.files().request<protocol::ListModelsParams>(
      params, this,
      [this](const protocol::ListModelsResult& result) {
        beginResetModel();
        list_ = result;
        busy_ = false;
        error_.clear();
        endResetModel();
        if (std::exchange(again_, false)) return refresh();
        checkAdded();
        emit changed();
      },
      [this](const EngineError& error) {
        busy_ = false;
        again_ = false;
        error_ = error.message;
        emit changed();
      });
  emit changed();
}

void LibraryModel::addFolders(const QStringList& paths) {
  QStringList all = folders();
  for (const QString& path : paths) {
    all += meantBy(path);
    added_ += meantBy(path);
  }
  all.removeDuplicates();
  settings_.setValue(kFoldersKey, all);
  refresh();
}

void LibraryModel::checkAdded() {
  QStringList all = folders();
  for (const QString& place : std::exchange(added_, {})) {
    const bool found = std::any_of(list_.models.begin(), list_.models.end(),
                                   [&](const auto& entry) { return isBelow(entry.path, place); });
    if (found) continue;
    all.removeAll(place);
    const auto problem = std::find_if(list_.problems.begin(), list_.problems.end(),
                                      [&](const auto& p) { return isBelow(p.path, place); });
    emit nothingFound(problem != list_.problems.end()
                          ? QString::fromStdString(problem->message)
                          : tr("%1: no model found; expected a .gguf file, or a folder with "
                               "config.json and weights")
                                .arg(place));
  }
  settings_.setValue(kFoldersKey, all);
}

void LibraryModel::removeFolder(const QString& path) {
  QStringList all = folders();
  all.removeAll(path);
  settings_.setValue(kFoldersKey, all);
  refresh();
}

QStringList LibraryModel::folders() const {
  return settings_.value(kFoldersKey).toStringList();
}

const protocol::ModelEntry* LibraryModel::find(const QString& pathOrName) const {
  const std::string wanted = pathOrName.toStdString();
  for (const protocol::ModelEntry& entry : list_.models)
    if (entry.path == wanted || entry.name == wanted) return &entry;
  return nullptr;
}

int LibraryModel::rowCount(const QModelIndex& parent) const {
  return parent.isValid() ? 0 : static_cast<int>(list_.models.size());
}

int LibraryModel::columnCount(const QModelIndex& parent) const {
  return parent.isValid() ? 0 : kColumnCount;
}

QString LibraryModel::memoryText(const protocol::ModelEntry& entry) const {
  if (entry.memory.totalBytes <= 0) return {};
  const QString amount = formatBytes(static_cast<double>(entry.memory.totalBytes));
  const bool fits = list_.availableBytes <= 0 || entry.memory.totalBytes <= list_.availableBytes;
  return fits ? amount : tr("%1, does not fit").arg(amount);
}

QVariant LibraryModel::data(const QModelIndex& index, int role) const {
  const protocol::ModelEntry& entry = model(index.row());
  const int column = index.column();
  if (role == Qt::TextAlignmentRole &&
      (column == kParameters || column == kSize || column == kMemory))
    return int(Qt::AlignRight | Qt::AlignVCenter);
  if (role == Qt::ToolTipRole) {
    if (column != kMemory) return QString::fromStdString(entry.path);
    return tr("Weights %1, cache for %2 tokens %3, working memory %4")
        .arg(formatBytes(static_cast<double>(entry.memory.weightBytes)))
        .arg(entry.memory.contextTokens)
        .arg(formatBytes(static_cast<double>(entry.memory.cacheBytes)),
             formatBytes(static_cast<double>(entry.memory.workBytes)));
  }
  if (role == Qt::ForegroundRole && column == kMemory && list_.availableBytes > 0 &&
      entry.memory.totalBytes > list_.availableBytes)
    return theme().danger;
  if (role == Qt::ForegroundRole && column != kName) return theme().muted;
  if (role != Qt::DisplayRole && role != kSortRole) return {};
  const bool sort = role == kSortRole;
  switch (column) {
    case kName:
      return QString::fromStdString(entry.name);
    case kParameters:
      if (sort) return qlonglong(entry.parameters);
      return entry.parameters > 0 ? formatCount(static_cast<double>(entry.parameters)) : QString();
    case kSize:
      return sort ? QVariant(qlonglong(entry.bytes))
                  : formatBytes(static_cast<double>(entry.bytes));
    case kType:
      return typeText(entry);
    case kMemory:
      return sort ? QVariant(qlonglong(entry.memory.totalBytes)) : memoryText(entry);
    case kSource:
      return sourceText(entry.source);
    default:
      return {};
  }
}

QVariant LibraryModel::headerData(int section, Qt::Orientation orientation, int role) const {
  if (orientation != Qt::Horizontal) return {};
  if (role == Qt::TextAlignmentRole) {
    const bool number = section == kParameters || section == kSize || section == kMemory;
    return int((number ? Qt::AlignRight : Qt::AlignLeft) | Qt::AlignVCenter);
  }
  if (role != Qt::DisplayRole) return {};
  switch (section) {
    case kName:
      return tr("Model");
    case kParameters:
      return tr("Parameters");
    case kSize:
      return tr("On disk");
    case kType:
      return tr("Type");
    case kMemory:
      return tr("Memory here");
    case kSource:
      return tr("Found in");
    default:
      return {};
  }
}

}  // namespace orrery::ui
