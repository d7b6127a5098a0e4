#pragma once

#include <QWidget>
#include <functional>

#include "core/protocol/hub_files.h"
#include "ui/hub/cache_tree.h"
#include "ui/shell/services.h"

class QFrame;
class QLabel;
class QLineEdit;
class QPushButton;
class QStackedWidget;

namespace orrery::ui {

class CacheList;
class TreeMap;

/// What the caches of models hold: repositories and revisions with sizes and last use, as a list
/// and as areas; verify them, delete them. A deletion hides at once and is carried out when the
/// window closes or when the user says so; until then it can be undone.
class CachePage : public QWidget {
  Q_OBJECT

 public:
  explicit CachePage(Services& services, QWidget* parent = nullptr);

  /// Looks into the caches again.
  void refresh();
  void focusList();
  const protocol::ScanCacheResult& scan() const { return scan_; }
  bool busy() const { return busy_; }

  /// What is to be deleted.
  const std::vector<CacheTarget>& pending() const { return pending_; }
  void markDeleted(const CacheTarget& target);
  void undo();
  /// Carries the deletions out; `then` is called when that has ended, well or not.
  void deleteNow(std::function<void()> then = {});
  void verify(const CacheTarget& target);
  /// Shows one more cache; a folder that engines cannot be told of is named.
  void addCache(const QString& folder);

 signals:
  void failed(const QString& reason);

 private:
  QWidget* makeTools();
  QWidget* makeBody();
  QFrame* makePending();
  void showScan(const protocol::ScanCacheResult& scan);
  void showRepositories();
  void fillMap();
  void askPlan();
  void showVerified(const protocol::VerifyHubModelResult& result);
  void updateActions();
  void chooseCache();
  bool isPending(const CacheTarget& target) const;

  Services& services_;
  protocol::ScanCacheResult scan_;
  bool busy_ = false;
  std::vector<CacheTarget> pending_;
  std::vector<CacheTarget> areas_;  ///< of the map
  CacheList* caches_;
  QLineEdit* filter_;
  CacheTree* tree_;
  TreeMap* map_;
  QLabel* note_;
  QFrame* pendingBar_;
  QLabel* pendingText_;
  QPushButton* verify_;
  QPushButton* delete_;
  QPushButton* leftovers_;
  QStackedWidget* pages_;
};

}  // namespace orrery::ui
