#include "ui/vision/batch_model.h"

#include <QDateTime>
#include <QDir>
#include <QFile>
#include <QFileInfo>
#include <algorithm>

#include "core/base/error.h"
#include "ui/shell/theme.h"

namespace orrery::ui {
namespace {

constexpr double kCounted = 0.5;  // score from which on a box or segment counts

Error ioError(const QFile& file) {
  return Error(ErrorKind::kIo, "{}: {}", file.fileName().toStdString(),
               file.errorString().toStdString());
}

qint64 changedAt(const QString& path) {
  return QFileInfo(path).lastModified().toSecsSinceEpoch();
}

// A problem without the name of the file that it is about, which stands beside it.
QString withoutFile(const QString& problem, const QString& file) {
  const QString prefix = file + QStringLiteral(": ");
  return problem.startsWith(prefix) ? problem.mid(prefix.size()) : problem;
}

// The likeliest of a result's labels, its score, and how many count.
void summarize(const Json& document, BatchRow& row) {
  const Json scores = document.is_object() ? document.value("scores", Json::array()) : Json();
  if (document.is_object()) row.count = static_cast<int>(scores.size());
  if (!document.is_array()) return;
  row.score = -1;
  for (const Json& entry : document) {
    if (!entry.is_object()) continue;
    const Json score = entry.value("score", Json());
    const double value = score.is_number() ? score.get<double>() : 1;
    row.count += value >= kCounted ? 1 : 0;
    if (value <= row.score) continue;
    row.score = value;
    row.found = QString::fromStdString(entry.value("label", ""));
  }
  row.score = std::max(row.score, 0.0);
}

QVariant alignment(int column) {
  const bool number = column >= BatchModel::kScore;
  return QVariant((number ? Qt::AlignRight : Qt::AlignLeft) | Qt::AlignVCenter);
}

}  // namespace

void BatchModel::open(const QString& folder, const QStringList& files, const QString& task,
                      const QString& journal) {
  beginResetModel();
  folder_ = folder;
  task_ = task;
  journal_ = journal;
  rows_.clear();
  done_ = failed_ = 0;
  for (const QString& file : files) {
    rows_.emplace_back();
    rows_.back().file = file;
  }
  endResetModel();
  readJournal();
}

// Lines that are cut short (the machine stopped) or of pictures that are gone are passed over.
void BatchModel::readJournal() {
  QDir().mkpath(QFileInfo(journal_).path());
  QFile file(journal_);
  if (!file.open(QIODevice::ReadWrite)) throw ioError(file);
  bool whole = true;  // whether the last line is
  QHash<QString, std::size_t> places;
  for (std::size_t i = 0; i < rows_.size(); ++i) places.insert(rows_[i].file, i);
  while (!file.atEnd()) {
    const qint64 place = file.pos();
    const QByteArray text = file.readLine();
    whole = text.endsWith('\n');
    const Json line = Json::parse(text.begin(), text.end(), nullptr, false);
    if (!line.is_object() || !whole) continue;
    const auto found = places.constFind(QString::fromStdString(line.value("file", "")));
    if (found == places.constEnd()) continue;
    const int row = static_cast<int>(*found);
    if (line.value("changed", qint64{0}) != changedAt(path(row))) continue;
    rows_[*found].place = place;
    take(rows_[*found], line);
  }
  if (!whole && file.write("\n") < 0) throw ioError(file);  // the next line begins anew
  count();
  if (!rows_.empty()) emit dataChanged(index(0, 0), index(rowCount() - 1, kColumnCount - 1));
}

void BatchModel::count() {
  done_ = failed_ = 0;
  for (const BatchRow& row : rows_) {
    done_ += row.state != BatchRow::State::kWaiting;
    failed_ += row.state == BatchRow::State::kFailed;
  }
}

void BatchModel::take(BatchRow& row, const Json& line) {
  const qint64 place = row.place;
  row = {.file = row.file};
  row.place = place;
  const auto problem = line.find("problem");
  row.state = problem == line.end() ? BatchRow::State::kDone : BatchRow::State::kFailed;
  if (problem != line.end() && problem->is_string())
    row.found = withoutFile(QString::fromStdString(problem->get<std::string>()),
                            QDir(folder_).filePath(row.file));
  row.seconds = line.value("seconds", 0.0);
  if (line.contains("result")) summarize(line.at("result"), row);
}

int BatchModel::nextWaiting(int from) const {
  for (int row = std::max(0, from); row < rowCount(); ++row)
    if (rows_[static_cast<std::size_t>(row)].state == BatchRow::State::kWaiting) return row;
  return -1;
}

void BatchModel::record(int row, const Json& document, double seconds) {
  append(row, {{"seconds", seconds}, {"result", document}});
}

void BatchModel::recordFailure(int row, const QString& problem) {
  append(row, {{"problem", problem.toStdString()}});
}

void BatchModel::append(int row, Json line) {
  BatchRow& own = rows_[static_cast<std::size_t>(row)];
  line["file"] = own.file.toStdString();
  line["changed"] = changedAt(path(row));
  QFile file(journal_);
  if (!file.open(QIODevice::Append)) throw ioError(file);
  own.place = file.size();
  const std::string text = line.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n";
  if (file.write(text.data(), static_cast<qint64>(text.size())) < 0 || !file.flush())
    throw ioError(file);
  const BatchRow::State before = own.state;
  take(own, line);
  done_ += before == BatchRow::State::kWaiting;
  failed_ += (own.state == BatchRow::State::kFailed) - (before == BatchRow::State::kFailed);
  emit dataChanged(index(row, 0), index(row, kColumnCount - 1));
}

Json BatchModel::document(int row) const {
  const BatchRow& own = this->row(row);
  QFile file(journal_);
  if (own.state != BatchRow::State::kDone || !file.open(QIODevice::ReadOnly) ||
      !file.seek(own.place))
    return nullptr;
  const QByteArray text = file.readLine();
  const Json line = Json::parse(text.begin(), text.end(), nullptr, false);
  return line.is_object() ? line.value("result", Json()) : Json();
}

QString BatchModel::path(int row) const {
  return QDir(folder_).filePath(this->row(row).file);
}

int BatchModel::rowCount(const QModelIndex& parent) const {
  return parent.isValid() ? 0 : static_cast<int>(rows_.size());
}

int BatchModel::columnCount(const QModelIndex& parent) const {
  return parent.isValid() ? 0 : kColumnCount;
}

QVariant BatchModel::data(const QModelIndex& index, int role) const {
  const BatchRow& row = this->row(index.row());
  const bool sorts = role == kSortRole;
  if (role == Qt::TextAlignmentRole) return alignment(index.column());
  if (role == Qt::ForegroundRole && row.state == BatchRow::State::kFailed) return theme().danger;
  if (role == Qt::ToolTipRole && index.column() == kFile) return path(index.row());
  if (role == Qt::ToolTipRole && index.column() == kFound) return row.found;
  if (role != Qt::DisplayRole && !sorts) return {};
  if (index.column() == kFile) return row.file;
  if (index.column() == kFound) return row.found;
  const bool counted = index.column() == kSeconds || row.count > 0 || !row.found.isEmpty();
  if (row.state != BatchRow::State::kDone || !counted) return sorts ? QVariant(-1.0) : QVariant();
  switch (index.column()) {
    case kScore:
      return sorts ? QVariant(row.score) : QVariant(QString::number(row.score, 'f', 3));
    case kCount:
      return row.count;
    default:
      return sorts ? QVariant(row.seconds) : QVariant(QString::number(row.seconds, 'f', 2));
  }
}

QVariant BatchModel::headerData(int section, Qt::Orientation orientation, int role) const {
  if (orientation == Qt::Horizontal && role == Qt::TextAlignmentRole) return alignment(section);
  if (orientation != Qt::Horizontal || role != Qt::DisplayRole) return {};
  const QString titles[] = {tr("Picture"), tr("Found"), tr("Score"), tr("Count"), tr("Seconds")};
  return titles[section];
}

}  // namespace orrery::ui
