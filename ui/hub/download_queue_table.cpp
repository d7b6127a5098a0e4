// Downloads as rows of a table.

#include "ui/hub/download_queue.h"
#include "ui/shell/theme.h"
#include "ui/widgets/widgets.h"

namespace orrery::ui {
namespace {

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
