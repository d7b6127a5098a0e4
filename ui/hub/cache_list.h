#pragma once

#include <QStringList>
#include <QWidget>
#include <vector>

#include "core/protocol/hub_files.h"

class QVBoxLayout;

namespace orrery::ui {

/// The caches, one below the other: folder, what it holds, and the disk that it is on as a bar.
class CacheList : public QWidget {
  Q_OBJECT

 public:
  explicit CacheList(QWidget* parent = nullptr);

  /// Those of `removable` have a button for that.
  void setCaches(const std::vector<protocol::CachedHubFolder>& caches,
                 const QStringList& removable);

 signals:
  void removeAsked(const QString& folder);

 private:
  void add(const protocol::CachedHubFolder& cache, bool removable);

  QVBoxLayout* rows_;
};

}  // namespace orrery::ui
