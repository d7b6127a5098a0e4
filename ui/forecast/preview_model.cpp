#include "ui/forecast/preview_model.h"

#include "ui/shell/theme.h"

namespace orrery::ui {

void PreviewModel::setTable(const protocol::OpenTableResult& table) {
  beginResetModel();
  table_ = table;
  endResetModel();
}

int PreviewModel::rowCount(const QModelIndex& parent) const {
  return parent.isValid() ? 0 : static_cast<int>(table_.preview.size());
}

int PreviewModel::columnCount(const QModelIndex& parent) const {
  return parent.isValid() ? 0 : static_cast<int>(table_.columns.size());
}

QVariant PreviewModel::data(const QModelIndex& index, int role) const {
  const auto column = static_cast<std::size_t>(index.column());
  const std::string& kind = table_.columns[column].kind;
  if (role == Qt::TextAlignmentRole && kind == "number")
    return static_cast<int>(Qt::AlignRight | Qt::AlignVCenter);
  if (role == Qt::ForegroundRole && kind == "text") return theme().muted;
  if (role != Qt::DisplayRole) return {};
  const auto& cells = table_.preview[static_cast<std::size_t>(index.row())];
  return column < cells.size() ? QString::fromStdString(cells[column]) : QString();
}

QVariant PreviewModel::headerData(int section, Qt::Orientation orientation, int role) const {
  if (orientation == Qt::Vertical) return {};
  const auto& column = table_.columns[static_cast<std::size_t>(section)];
  if (role == Qt::TextAlignmentRole)
    return static_cast<int>((column.kind == "number" ? Qt::AlignRight : Qt::AlignLeft) |
                            Qt::AlignVCenter);
  if (role == Qt::DisplayRole) return QString::fromStdString(column.name);
  if (role != Qt::ToolTipRole) return {};
  return column.kind == "time"     ? tr("Times")
         : column.kind == "number" ? tr("Numbers")
                                   : tr("Text, which is not read");
}

}  // namespace orrery::ui
