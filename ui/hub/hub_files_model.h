#pragma once

#include <QAbstractTableModel>
#include <QStringList>
#include <vector>

#include "core/protocol/hub.h"

namespace orrery::ui {

/// What a file of a model is for, by its name.
QString purposeOf(const QString& path);

/// The files of a revision: size, purpose, hash.
class HubFilesModel : public QAbstractTableModel {
  Q_OBJECT

 public:
  enum Column { kPath, kSize, kPurpose, kHash, kColumnCount };

  using QAbstractTableModel::QAbstractTableModel;

  void setFiles(const std::vector<protocol::HubFile>& files);
  const protocol::HubFile& file(int row) const { return files_[static_cast<std::size_t>(row)]; }
  /// GGUF files that are models by themselves: of several parts the first.
  QStringList ggufFiles() const;
  /// All parts of that GGUF file.
  QStringList partsOf(const QString& gguf) const;

  int rowCount(const QModelIndex& parent = {}) const override;
  int columnCount(const QModelIndex& parent = {}) const override;
  QVariant data(const QModelIndex& index, int role) const override;
  QVariant headerData(int section, Qt::Orientation orientation, int role) const override;

 private:
  std::vector<protocol::HubFile> files_;
};

}  // namespace orrery::ui
