#pragma once

#include <QAbstractTableModel>
#include <QStringList>
#include <vector>

#include "core/protocol/library.h"
#include "ui/library/cache_folders.h"

class QSettings;

namespace orrery::ui {

class EnginePool;

/// The models on this machine: data folder, caches of the hub, collections of other programs, and
/// folders that the user added (kept in the settings). Nothing is loaded to list them.
class LibraryModel : public QAbstractTableModel {
  Q_OBJECT

 public:
  enum Column { kName, kParameters, kSize, kType, kMemory, kSource, kColumnCount };
  static constexpr int kSortRole = Qt::UserRole;

  LibraryModel(QSettings& settings, EnginePool& engines, QObject* parent = nullptr);

  /// Looks again; changed() follows.
  void refresh();
  /// Adds folders or model files that the user named, and looks again. What turns out to hold no
  /// model is named by nothingFound() and forgotten.
  void addFolders(const QStringList& paths);
  void removeFolder(const QString& path);
  QStringList folders() const;
  /// Caches of the hub beside those of the environment, which the user added.
  CacheFolders& caches() { return caches_; }

  const std::vector<protocol::ModelEntry>& models() const { return list_.models; }
  const protocol::ModelEntry& model(int row) const {
    return list_.models[static_cast<std::size_t>(row)];
  }
  const std::vector<protocol::LibraryProblem>& problems() const { return list_.problems; }
  /// The entry with that path or name; null if there is none.
  const protocol::ModelEntry* find(const QString& pathOrName) const;
  QString error() const { return error_; }
  bool busy() const { return busy_; }

  int rowCount(const QModelIndex& parent = {}) const override;
  int columnCount(const QModelIndex& parent = {}) const override;
  QVariant data(const QModelIndex& index, int role) const override;
  QVariant headerData(int section, Qt::Orientation orientation, int role) const override;

 signals:
  void changed();
  void nothingFound(const QString& reason);  ///< one line that names what was added

 private:
  void checkAdded();
  QString memoryText(const protocol::ModelEntry& entry) const;

  QSettings& settings_;
  EnginePool& engines_;
  CacheFolders caches_;
  protocol::ListModelsResult list_;
  QString error_;
  bool busy_ = false;
  bool again_ = false;  ///< folders changed while the library was being read
  QStringList added_;   ///< by the user since the library was read
};

}  // namespace orrery::ui
