#include "ui/hub/cache_tree.h"

#include <QDateTime>
#include <QHeaderView>
#include <QLocale>
#include <algorithm>

#include "ui/shell/theme.h"
#include "ui/widgets/widgets.h"

namespace orrery::ui {
namespace {

enum Column { kName, kSize, kShared, kUsed, kChanged, kFolder, kColumnCount };
enum Role { kModelRole = Qt::UserRole, kAmountRole, kCacheRole };

QString bytes(std::int64_t count) {
  return formatBytes(static_cast<double>(count));
}

QString day(std::int64_t seconds) {
  return seconds > 0 ? QLocale().toString(QDateTime::fromSecsSinceEpoch(seconds).date(),
                                          QLocale::ShortFormat)
                     : QString();
}

// Sorts by amounts, not by their texts.
class Row : public QTreeWidgetItem {
 public:
  using QTreeWidgetItem::QTreeWidgetItem;

  void set(int column, const QString& text, std::int64_t amount) {
    setText(column, text);
    setData(column, kAmountRole, qlonglong(amount));
    setTextAlignment(column, Qt::AlignRight | Qt::AlignVCenter);
  }
  void setTarget(const CacheTarget& target) {
    setData(kName, kModelRole, target.model);
    setData(kName, kCacheRole, target.cache);
  }
  bool operator<(const QTreeWidgetItem& other) const override {
    const int column = treeWidget() ? treeWidget()->sortColumn() : kName;
    if (column == kName || column == kFolder)
      return text(column).compare(other.text(column), Qt::CaseInsensitive) < 0;
    return data(column, kAmountRole).toLongLong() < other.data(column, kAmountRole).toLongLong();
  }
};

CacheTarget targetOf(const QTreeWidgetItem& item) {
  return {item.data(kName, kModelRole).toString(), item.data(kName, kCacheRole).toString()};
}

bool isAmong(const std::vector<CacheTarget>& targets, const CacheTarget& target) {
  return std::find(targets.begin(), targets.end(), target) != targets.end();
}

// The ends of the folders' paths, as long as it takes to tell them apart.
QStringList shortNames(const std::vector<protocol::CachedHubFolder>& caches) {
  QStringList names;
  for (int parts = 1; parts < 64; ++parts) {
    names.clear();
    for (const auto& cache : caches)
      names += QString::fromStdString(cache.folder).section(QLatin1Char('/'), -parts);
    if (QStringList(names).removeDuplicates() == 0) break;
  }
  return names;
}

bool shares(const protocol::CachedHubFolder& cache) {
  return std::any_of(
      cache.repositories.begin(), cache.repositories.end(), [](const auto& repository) {
        return std::any_of(repository.revisions.begin(), repository.revisions.end(),
                           [](const auto& revision) { return revision.sharedSize > 0; });
      });
}

}  // namespace

CacheTree::CacheTree(QWidget* parent) : QTreeWidget(parent) {
  setColumnCount(kColumnCount);
  setHeaderLabels({tr("Model and revisions"), tr("Size"), tr("Shared"), tr("Last used"),
                   tr("Changed"), tr("Cache")});
  for (int column = kSize; column < kFolder; ++column)
    headerItem()->setTextAlignment(column, Qt::AlignRight | Qt::AlignVCenter);
  setUniformRowHeights(true);
  setTextElideMode(Qt::ElideMiddle);
  setSortingEnabled(true);
  sortByColumn(kSize, Qt::DescendingOrder);
  header()->setSectionResizeMode(QHeaderView::ResizeToContents);
  header()->setSectionResizeMode(kName, QHeaderView::Stretch);
  header()->setStretchLastSection(false);
  header()->setMinimumSectionSize(80);  // with room for the arrow of the order
}

void CacheTree::fill(const std::vector<protocol::CachedHubFolder>& caches,
                     const CacheFilter& filter, const std::vector<CacheTarget>& hidden) {
  const CacheTarget current = selected();
  setSortingEnabled(false);
  clear();
  const std::int64_t now = QDateTime::currentSecsSinceEpoch();
  const QStringList names = shortNames(caches);
  for (std::size_t i = 0; i < caches.size(); ++i) {
    const QString folder = QString::fromStdString(caches[i].folder);
    for (const protocol::CachedHubRepository& repository : caches[i].repositories)
      if (filter.takes(repository, now) &&
          !isAmong(hidden, {QString::fromStdString(repository.id), folder}))
        addRepository(folder, repository, hidden)
            ->setText(kFolder, names[static_cast<qsizetype>(i)]);
  }
  setSortingEnabled(true);
  setColumnHidden(kShared, std::none_of(caches.begin(), caches.end(), shares));
  setColumnHidden(kFolder, caches.size() < 2);
  setCurrentItem(topLevelItem(0));
  select(current);
}

QTreeWidgetItem* CacheTree::addRepository(const QString& cache,
                                          const protocol::CachedHubRepository& repository,
                                          const std::vector<CacheTarget>& hidden) {
  const QString id = QString::fromStdString(repository.id);
  const bool isModel = repository.type == "model";  // what else the cache holds is only shown
  auto* item = new Row(this);
  item->setText(kName,
                isModel ? id : tr("%1 (%2)").arg(id, QString::fromStdString(repository.type)));
  if (isModel) item->setTarget({id, cache});
  item->set(kSize, bytes(repository.size + repository.looseBytes),
            repository.size + repository.looseBytes);
  item->set(kUsed, day(repository.accessed), repository.accessed);
  item->set(kChanged, day(repository.modified), repository.modified);
  item->setToolTip(kFolder, cache);
  item->setForeground(kFolder, theme().muted);
  for (const protocol::CachedHubRevision& revision : repository.revisions) {
    const CacheTarget target{id + QLatin1Char('@') + QString::fromStdString(revision.commit),
                             cache};
    if (isAmong(hidden, target)) continue;
    QStringList names{QString::fromStdString(revision.commit.substr(0, 12))};
    for (const std::string& ref : revision.refs) names += QString::fromStdString(ref);
    if (revision.refs.empty()) names += tr("no branch or tag");
    auto* child = new Row(item);
    child->setText(kName, names.join(QStringLiteral(" \u00B7 ")));
    if (isModel) child->setTarget(target);
    child->set(kSize, bytes(revision.size), revision.size);
    child->set(kShared, revision.sharedSize > 0 ? bytes(revision.sharedSize) : QString(),
               revision.sharedSize);
    child->set(kChanged, day(revision.modified), revision.modified);
  }
  if (repository.looseBytes > 0) {
    auto* child = new Row(item);
    child->setText(kName, tr("leftovers of downloads, and what no revision needs"));
    child->setForeground(kName, theme().muted);
    child->set(kSize, bytes(repository.looseBytes), repository.looseBytes);
  }
  return item;
}

CacheTarget CacheTree::selected() const {
  const QTreeWidgetItem* item = currentItem();
  return item ? targetOf(*item) : CacheTarget();
}

void CacheTree::select(const CacheTarget& repository) {
  for (int i = 0; i < topLevelItemCount(); ++i)
    if (targetOf(*topLevelItem(i)) == repository) setCurrentItem(topLevelItem(i));
}

}  // namespace orrery::ui
