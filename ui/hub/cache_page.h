#pragma once

#include <QWidget>
#include <functional>

#include "core/protocol/hub_files.h"
#include "ui/shell/services.h"

class QFrame;
class QLabel;
class QLineEdit;
class QPushButton;
class QStackedWidget;
class QTreeWidget;
class QTreeWidgetItem;

namespace orrery::ui {

class DiskMeter;
class TreeMap;

/// What the cache of models holds: repositories and revisions with sizes and last use, as a list
/// and as areas; verify them, delete them. A deletion hides at once and is carried out when the
/// window closes or when the user says so; until then it can be undone.
class CachePage : public QWidget {
  Q_OBJECT

 public:
  explicit CachePage(Services& services, QWidget* parent = nullptr);

  /// Looks into the cache again.
  void refresh();
  void focusList();
  const protocol::ScanCacheResult& scan() const { return scan_; }
  bool busy() const { return busy_; }

  /// What is to be deleted: "org/name" or "org/name@commit".
  const QStringList& pending() const { return pending_; }
  void markDeleted(const QString& target);
  void undo();
  /// Carries the deletions out; `then` is called when that has ended, well or not.
  void deleteNow(std::function<void()> then = {});
  void verify(const QString& target);

 signals:
  void failed(const QString& reason);

 private:
  QWidget* makeTools();
  QWidget* makeBody();
  QFrame* makePending();
  void showScan(const protocol::ScanCacheResult& scan);
  void fillTree();
  void fillMap();
  void addRepository(const protocol::CachedHubRepository& repository);
  void askPlan();
  void showVerified(const protocol::VerifyHubModelResult& result);
  void updateActions();
  QString selected() const;
  bool isPending(const QString& target) const { return pending_.contains(target); }

  Services& services_;
  protocol::ScanCacheResult scan_;
  bool busy_ = false;
  QStringList pending_;
  QLineEdit* filter_;
  QTreeWidget* tree_;
  TreeMap* map_;
  DiskMeter* disk_;
  QLabel* diskText_;
  QLabel* note_;
  QFrame* pendingBar_;
  QLabel* pendingText_;
  QPushButton* verify_;
  QPushButton* delete_;
  QPushButton* leftovers_;
  QStackedWidget* pages_;
};

}  // namespace orrery::ui
