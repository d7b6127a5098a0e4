#include "ui/speech/transcript_model.h"

#include <algorithm>
#include <utility>

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

// While the second model hears, only what it adds changes: the other rows are not laid out anew.
void TranscriptModel::setComparison(const QString& title, std::optional<WordAlignment> alignment) {
  if (!alignment_ && !alignment) return;
  const auto old = std::exchange(alignment_, std::move(alignment));
  otherTitle_ = title;
  emit headerDataChanged(Qt::Horizontal, kOther, kOther);
  const auto same = [&](int row) {
    const auto at = static_cast<std::size_t>(row);
    const auto* now = compared(row);
    const auto* before = old && at < old->rows.size() ? &old->rows[at] : nullptr;
    return now && before ? *now == *before : now == before;
  };
  int first = 0, last = rowCount() - 1;
  while (first <= last && same(first)) ++first;
  while (last >= first && same(last)) --last;
  if (first <= last) emit dataChanged(index(first, kText), index(last, kOther));
}

const WordAlignment::Row* TranscriptModel::compared(int row) const {
  const auto at = static_cast<std::size_t>(row);
  return alignment_ && !isDraft(row) && at < alignment_->rows.size() ? &alignment_->rows[at]
                                                                     : nullptr;
}

const std::vector<HeardWord>& TranscriptModel::words(const QModelIndex& index) const {
  static const std::vector<HeardWord> none;
  if (index.column() == kText) return segment(index.row()).words;
  const auto* row = index.column() == kOther ? compared(index.row()) : nullptr;
  return row ? row->other : none;
}

const std::vector<WordMatch>& TranscriptModel::matches(const QModelIndex& index) const {
  static const std::vector<WordMatch> none;
  const auto* row = compared(index.row());
  if (!row) return none;
  if (index.column() == kOther) return row->otherMatches;
  return row->own.size() == words(index).size() ? row->own : none;
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
  const bool isTime = index.column() == kStart || index.column() == kEnd;
  if (role == Qt::ForegroundRole && (isTime || isDraft(index.row()))) return theme().muted;
  if (role == Qt::TextAlignmentRole) return QVariant(Qt::AlignLeft | Qt::AlignTop);
  if (role != Qt::DisplayRole && role != Qt::EditRole) return {};
  if (index.column() == kText) return s.text();
  if (index.column() == kOther) return HeardSegment{.words = words(index)}.text();
  if (isDraft(index.row()) && index.column() == kEnd) return QStringLiteral("…");
  return timeText(index.column() == kStart ? s.start : s.end);
}

QVariant TranscriptModel::headerData(int section, Qt::Orientation orientation, int role) const {
  if (role != Qt::DisplayRole || orientation != Qt::Horizontal) return {};
  if (section == kOther) return otherTitle_;
  return section == kStart ? tr("From") : section == kEnd ? tr("To") : tr("Text");
}

Qt::ItemFlags TranscriptModel::flags(const QModelIndex& index) const {
  const Qt::ItemFlags shown = Qt::ItemIsEnabled | Qt::ItemIsSelectable;
  const bool mine = index.isValid() && index.column() != kOther && !isDraft(index.row());
  return mine ? shown | Qt::ItemIsEditable : shown;
}

bool TranscriptModel::setData(const QModelIndex& index, const QVariant& value, int role) {
  if (role != Qt::EditRole || !(flags(index) & Qt::ItemIsEditable)) return false;
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
  emit dataChanged(index(row, kStart), index(row, kOther));
  emit edited();
}

}  // namespace orrery::ui
