#pragma once

#include <QString>
#include <QStringList>
#include <vector>

#include "core/protocol/hub_files.h"

namespace orrery::ui {

/// What of the cache is shown: words of the name, and conditions as `size>1GB`, `accessed>30d`
/// (longer ago), `modified<1w`, `type=model`.
class CacheFilter {
 public:
  /// What cannot be read as a condition is a word of the name.
  explicit CacheFilter(const QString& text = {});

  /// `now`: seconds since 1970.
  bool takes(const protocol::CachedHubRepository& repository, std::int64_t now) const;

 private:
  struct Condition {
    QString field;  ///< "size", "accessed", "modified", "type"
    QChar comparison;
    double amount = 0;  ///< bytes or seconds
    QString value;
  };

  static bool holds(const Condition& condition, const protocol::CachedHubRepository& repository,
                    std::int64_t now);

  QStringList words_;
  std::vector<Condition> conditions_;
};

}  // namespace orrery::ui
