#pragma once

#include <QAbstractTableModel>

#include "core/protocol/table.h"

namespace orrery::ui {

/// The first rows of a table as they stand in its file.
class PreviewModel : public QAbstractTableModel {
 public:
  using QAbstractTableModel::QAbstractTableModel;

  void setTable(const protocol::OpenTableResult& table);

  int rowCount(const QModelIndex& parent = {}) const override;
  int columnCount(const QModelIndex& parent = {}) const override;
  QVariant data(const QModelIndex& index, int role) const override;
  QVariant headerData(int section, Qt::Orientation orientation, int role) const override;

 private:
  protocol::OpenTableResult table_;
};

}  // namespace orrery::ui
