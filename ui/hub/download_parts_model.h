#pragma once

#include <QAbstractTableModel>
#include <vector>

#include "ui/hub/download_item.h"

namespace orrery::ui {

/// The files of one download.
class DownloadPartsModel : public QAbstractTableModel {
  Q_OBJECT

 public:
  enum Column { kPath, kProgress, kState, kColumnCount };

  using QAbstractTableModel::QAbstractTableModel;

  void setParts(const std::vector<DownloadPart>& parts);

  int rowCount(const QModelIndex& parent = {}) const override;
  int columnCount(const QModelIndex& parent = {}) const override;
  QVariant data(const QModelIndex& index, int role) const override;
  QVariant headerData(int section, Qt::Orientation orientation, int role) const override;

 private:
  std::vector<DownloadPart> parts_;
};

}  // namespace orrery::ui
