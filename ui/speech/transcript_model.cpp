#include "ui/speech/transcript_model.h"

#include <algorithm>

#include "ui/shell/theme.h"
#include "ui/speech/transcript_text.h"

namespace orrery::ui {

// While words come in, only the end changes: rows that stay keep their places on the screen.
void TranscriptModel::setTranscript(const Transcript& transcript) {
  const auto& old = transcript_.segments;
  const auto& now = transcript.segments;
  const bool grows = old.size() <= now.size() && std::equal(old.begin(), old.end(), now.begin());
  if (!grows || rowCount() == 0) {
    beginResetModel();
    transcript_ = transcript;
    endResetModel();
    return;
  }
  const int first = static_cast<int>(old.size());
  if (rowCount() > first) {
    beginRemoveRows({}, first, first);
    transcript_.draft = {};
    endRemoveRows();
  }
  const int rows = static_cast<int>(now.size()) + (transcript.draft.words.empty() ? 0 : 1);
  if (rows > first) beginInsertRows({}, first, rows - 1);
  transcript_ = transcript;
  if (rows > first) endInsertRows();
}

bool TranscriptModel::isDraft(int row) const {
  return row >= static_cast<int>(transcript_.segments.size());
}

const HeardSegment& TranscriptModel::segment(int row) const {
  return isDraft(row) ? transcript_.draft : transcript_.segments[static_cast<std::size_t>(row)];
}

void TranscriptModel::choose(int row, int word, const OtherWord& other) {
  if (isDraft(row)) return;
  HeardWord& chosen =
      transcript_.segments[static_cast<std::size_t>(row)].words[static_cast<std::size_t>(word)];
  chosen.text = other.text;
  chosen.probability = 1;
  changed(row);
}

int TranscriptModel::rowAt(double seconds) const {
  const auto& all = transcript_.segments;
  const auto found = std::ranges::find_if(
      all, [&](const HeardSegment& s) { return seconds >= s.start && seconds < s.end; });
  return found == all.end() ? -1 : static_cast<int>(found - all.begin());
}

int TranscriptModel::rowCount(const QModelIndex& parent) const {
  if (parent.isValid()) return 0;
  return static_cast<int>(transcript_.segments.size()) + (transcript_.draft.words.empty() ? 0 : 1);
}

int TranscriptModel::columnCount(const QModelIndex& parent) const {
  return parent.isValid() ? 0 : kColumnCount;
}

QVariant TranscriptModel::data(const QModelIndex& index, int role) const {
  const HeardSegment& s = segment(index.row());
  if (role == Qt::ForegroundRole && (index.column() != kText || isDraft(index.row())))
    return theme().muted;
  if (role == Qt::TextAlignmentRole) return QVariant(Qt::AlignLeft | Qt::AlignTop);
  if (role != Qt::DisplayRole && role != Qt::EditRole) return {};
  if (index.column() == kText) return s.text();
  if (isDraft(index.row()) && index.column() == kEnd) return QStringLiteral("…");
  return timeText(index.column() == kStart ? s.start : s.end);
}

QVariant TranscriptModel::headerData(int section, Qt::Orientation orientation, int role) const {
  if (role != Qt::DisplayRole || orientation != Qt::Horizontal) return {};
  return section == kStart ? tr("From") : section == kEnd ? tr("To") : tr("Text");
}

Qt::ItemFlags TranscriptModel::flags(const QModelIndex& index) const {
  const Qt::ItemFlags shown = Qt::ItemIsEnabled | Qt::ItemIsSelectable;
  return index.isValid() && !isDraft(index.row()) ? shown | Qt::ItemIsEditable : shown;
}

bool TranscriptModel::setData(const QModelIndex& index, const QVariant& value, int role) {
  if (role != Qt::EditRole || isDraft(index.row())) return false;
  HeardSegment& s = transcript_.segments[static_cast<std::size_t>(index.row())];
  const HeardSegment before = s;
  if (index.column() == kText) {
    rewrite(s, value.toString());
  } else {
    const double seconds = secondsFrom(value.toString());
    double& time = index.column() == kStart ? s.start : s.end;
    if (seconds < 0 || timeText(seconds) == timeText(time)) return false;
    time = seconds;
    if (s.end < s.start) s = before;
  }
  if (s == before) return false;
  changed(index.row());
  return true;
}

void TranscriptModel::changed(int row) {
  emit dataChanged(index(row, kStart), index(row, kText));
  emit edited();
}

}  // namespace orrery::ui
