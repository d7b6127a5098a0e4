#include "ui/hub/download_parts_model.h"

#include "ui/shell/theme.h"
#include "ui/widgets/widgets.h"

namespace orrery::ui {

void DownloadPartsModel::setParts(const std::vector<DownloadPart>& parts) {
  const bool same = parts.size() == parts_.size() &&
                    std::equal(parts.begin(), parts.end(), parts_.begin(),
                               [](const auto& a, const auto& b) { return a.path == b.path; });
  if (!same) beginResetModel();
  parts_ = parts;
  if (!same)
    endResetModel();
  else if (!parts_.empty())
    emit dataChanged(index(0, kProgress), index(rowCount() - 1, kState));
}

int DownloadPartsModel::rowCount(const QModelIndex& parent) const {
  return parent.isValid() ? 0 : static_cast<int>(parts_.size());
}

int DownloadPartsModel::columnCount(const QModelIndex& parent) const {
  return parent.isValid() ? 0 : kColumnCount;
}

QVariant DownloadPartsModel::data(const QModelIndex& index, int role) const {
  const DownloadPart& part = parts_[static_cast<std::size_t>(index.row())];
  if (role == Qt::TextAlignmentRole && index.column() == kProgress)
    return int(Qt::AlignRight | Qt::AlignVCenter);
  if (role == Qt::ForegroundRole && index.column() != kPath)
    return index.column() == kState && part.complete ? theme().success : theme().muted;
  if (role == Qt::ToolTipRole) return part.path;
  if (role != Qt::DisplayRole) return {};
  const auto bytes = [](qint64 count) { return formatBytes(static_cast<double>(count)); };
  switch (index.column()) {
    case kPath:
      return part.path;
    case kProgress:
      return part.complete ? bytes(part.size)
                           : tr("%1 of %2").arg(bytes(part.done), bytes(part.size));
    case kState:
      return part.complete ? tr("there") : part.done > 0 ? tr("in part") : tr("waiting");
    default:
      return {};
  }
}

QVariant DownloadPartsModel::headerData(int section, Qt::Orientation orientation, int role) const {
  if (orientation != Qt::Horizontal || section >= kColumnCount) return {};
  if (role == Qt::TextAlignmentRole)
    return int((section == kProgress ? Qt::AlignRight : Qt::AlignLeft) | Qt::AlignVCenter);
  const QString titles[] = {tr("File"), tr("Size"), tr("State")};
  return role == Qt::DisplayRole ? titles[section] : QVariant();
}

}  // namespace orrery::ui
