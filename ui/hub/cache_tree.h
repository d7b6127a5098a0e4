#pragma once

#include <QTreeWidget>
#include <vector>

#include "core/protocol/hub_files.h"
#include "ui/hub/cache_filter.h"

namespace orrery::ui {

/// Something in a cache that can be verified and deleted.
struct CacheTarget {
  QString model;  ///< "org/name" or "org/name@commit"
  QString cache;  ///< folder of the cache

  bool isEmpty() const { return model.isEmpty(); }
  bool operator==(const CacheTarget&) const = default;
};

/// Repositories and revisions of several caches in one list, with sizes and last use.
class CacheTree : public QTreeWidget {
  Q_OBJECT

 public:
  explicit CacheTree(QWidget* parent = nullptr);

  /// Lists what `filter` takes and `hidden` does not name; keeps the row that is selected.
  void fill(const std::vector<protocol::CachedHubFolder>& caches, const CacheFilter& filter,
            const std::vector<CacheTarget>& hidden);

  /// What is selected; empty if that is nothing, or no model.
  CacheTarget selected() const;
  void select(const CacheTarget& repository);

 private:
  QTreeWidgetItem* addRepository(const QString& cache,
                                 const protocol::CachedHubRepository& repository,
                                 const std::vector<CacheTarget>& hidden);
};

}  // namespace orrery::ui
