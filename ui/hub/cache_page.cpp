#include "ui/hub/cache_page.h"

#include <QDateTime>
#include <QFrame>
#include <QHeaderView>
#include <QLabel>
#include <QLineEdit>
#include <QLocale>
#include <QPushButton>
#include <QSplitter>
#include <QStackedWidget>
#include <QToolButton>
#include <QTreeWidget>
#include <QVBoxLayout>
#include <algorithm>

#include "ui/engine/engine_pool.h"
#include "ui/hub/cache_filter.h"
#include "ui/hub/disk_meter.h"
#include "ui/jobs/jobs_model.h"
#include "ui/library/library_model.h"
#include "ui/plots/tree_map.h"
#include "ui/shell/theme.h"
#include "ui/widgets/widgets.h"

namespace orrery::ui {
namespace {

enum Column { kName, kSize, kShared, kUsed, kChanged, kColumnCount };
constexpr int kTargetRole = Qt::UserRole;
const QString kLeftovers = QStringLiteral("*");  // among what is to be deleted: no model's name

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
    setData(column, Qt::UserRole + 1, qlonglong(amount));
    setTextAlignment(column, Qt::AlignRight | Qt::AlignVCenter);
  }
  bool operator<(const QTreeWidgetItem& other) const override {
    const int column = treeWidget() ? treeWidget()->sortColumn() : kName;
    if (column == kName) return text(kName).compare(other.text(kName), Qt::CaseInsensitive) < 0;
    return data(column, Qt::UserRole + 1).toLongLong() <
           other.data(column, Qt::UserRole + 1).toLongLong();
  }
};

}  // namespace

CachePage::CachePage(Services& services, QWidget* parent) : QWidget(parent), services_(services) {
  auto* layout = new QVBoxLayout(this);
  layout->setContentsMargins(0, 0, 0, 0);
  layout->setSpacing(10);
  disk_ = named(new DiskMeter, "library.disk", tr("Space on the disk of the cache"));
  diskText_ = makeLabel({}, "muted");
  layout->addWidget(diskText_);
  layout->addWidget(disk_);
  layout->addWidget(makeTools());
  layout->addWidget(makePending());
  pages_ = new QStackedWidget;
  pages_->addWidget(makeBody());
  pages_->addWidget(makeEmptyState("library", tr("The cache is empty"),
                                   tr("What is downloaded from the hub, by this program or by "
                                      "huggingface_hub, appears here.")));
  layout->addWidget(pages_, 1);
  note_ = makeLabel({}, "small");
  note_->setWordWrap(true);
  layout->addWidget(note_);
  updateActions();
}

QWidget* CachePage::makeTools() {
  auto* tools = new QWidget;
  auto* row = new QHBoxLayout(tools);
  row->setContentsMargins(0, 0, 0, 0);
  row->setSpacing(8);
  filter_ = named(new QLineEdit, "library.cacheFilter", tr("Filter the cache"));
  filter_->setPlaceholderText(tr("Filter: words, size>1GB, accessed>30d, modified<1w, type=model"));
  filter_->setClearButtonEnabled(true);
  connect(filter_, &QLineEdit::textChanged, this, &CachePage::fillTree);
  row->addWidget(filter_, 1);
  auto* again = makeIconButton("retry", tr("Look again"), "library.cacheRefresh");
  connect(again, &QToolButton::clicked, this, &CachePage::refresh);
  row->addWidget(again);
  leftovers_ = makeButton(tr("Delete leftovers"), "library.leftovers");
  leftovers_->setToolTip(tr("What no revision needs, and what ended downloads left behind"));
  connect(leftovers_, &QPushButton::clicked, this, [this] { markDeleted(kLeftovers); });
  row->addWidget(leftovers_);
  verify_ = makeButton(tr("Verify"), "library.verify");
  connect(verify_, &QPushButton::clicked, this, [this] { verify(selected()); });
  row->addWidget(verify_);
  delete_ = makeButton(tr("Delete"), "library.delete", "danger");
  connect(delete_, &QPushButton::clicked, this, [this] { markDeleted(selected()); });
  row->addWidget(delete_);
  return tools;
}

QFrame* CachePage::makePending() {
  pendingBar_ = ofKind(new QFrame, "toast");
  auto* row = new QHBoxLayout(pendingBar_);
  row->setContentsMargins(14, 8, 10, 8);
  pendingText_ = makeLabel({});
  pendingText_->setWordWrap(true);
  row->addWidget(pendingText_, 1);
  auto* undo = makeButton(tr("Undo"), "library.undo");
  connect(undo, &QPushButton::clicked, this, &CachePage::undo);
  row->addWidget(undo);
  auto* now = makeButton(tr("Delete now"), "library.deleteNow");
  connect(now, &QPushButton::clicked, this, [this] { deleteNow(); });
  row->addWidget(now);
  pendingBar_->hide();
  return pendingBar_;
}

QWidget* CachePage::makeBody() {
  auto* split = new QSplitter(Qt::Horizontal);
  split->setChildrenCollapsible(false);
  split->setHandleWidth(12);
  tree_ = named(new QTreeWidget, "library.cached", tr("Models in the cache"));
  tree_->setColumnCount(kColumnCount);
  tree_->setHeaderLabels(
      {tr("Model and revisions"), tr("Size"), tr("Shared"), tr("Last used"), tr("Changed")});
  for (int column = kSize; column < kColumnCount; ++column)
    tree_->headerItem()->setTextAlignment(column, Qt::AlignRight | Qt::AlignVCenter);
  tree_->setUniformRowHeights(true);
  tree_->setTextElideMode(Qt::ElideMiddle);
  tree_->setSortingEnabled(true);
  tree_->sortByColumn(kSize, Qt::DescendingOrder);
  tree_->header()->setSectionResizeMode(QHeaderView::ResizeToContents);
  tree_->header()->setSectionResizeMode(kName, QHeaderView::Stretch);
  tree_->header()->setStretchLastSection(false);
  tree_->header()->setMinimumSectionSize(80);  // with room for the arrow of the order
  connect(tree_, &QTreeWidget::itemSelectionChanged, this, &CachePage::updateActions);
  split->addWidget(tree_);
  map_ = named(new TreeMap, "library.diskMap", tr("Models in the cache by size"));
  split->addWidget(map_);
  split->setStretchFactor(0, 3);
  split->setStretchFactor(1, 2);
  connect(map_, &TreeMap::activated, this, [this](int item) {
    const auto& id = scan_.repositories[static_cast<std::size_t>(item)].id;
    for (int i = 0; i < tree_->topLevelItemCount(); ++i)
      if (tree_->topLevelItem(i)->text(kName) == QString::fromStdString(id))
        tree_->setCurrentItem(tree_->topLevelItem(i));
  });
  return split;
}

void CachePage::refresh() {
  if (busy_) return;
  busy_ = true;
  services_.engines.files().request<protocol::ScanCacheParams>(
      {}, this, [this](const protocol::ScanCacheResult& result) { showScan(result); },
      [this](const EngineError& error) {
        busy_ = false;
        note_->setText(error.message);
      });
}

void CachePage::showScan(const protocol::ScanCacheResult& scan) {
  busy_ = false;
  scan_ = scan;
  disk_->set(static_cast<double>(scan.size), static_cast<double>(scan.diskFree),
             static_cast<double>(scan.diskSize));
  diskText_->setText(tr("%1 in the cache, %2 free of %3 on its disk")
                         .arg(bytes(scan.size), bytes(scan.diskFree), bytes(scan.diskSize)));
  disk_->setAccessibleDescription(diskText_->text());
  QStringList notes{QString::fromStdString(scan.folder)};
  for (const auto& problem : scan.problems)
    notes += QString::fromStdString(problem.path + ": " + problem.message);
  note_->setText(notes.join(QLatin1Char('\n')));
  fillTree();
}

void CachePage::fillTree() {
  const QString current = selected();
  tree_->setSortingEnabled(false);
  tree_->clear();
  const CacheFilter filter(filter_->text());
  const std::int64_t now = QDateTime::currentSecsSinceEpoch();
  for (const protocol::CachedHubRepository& repository : scan_.repositories)
    if (!isPending(QString::fromStdString(repository.id)) && filter.takes(repository, now))
      addRepository(repository);
  tree_->setSortingEnabled(true);
  const auto shares = [](const auto& repository) {
    return std::any_of(repository.revisions.begin(), repository.revisions.end(),
                       [](const auto& revision) { return revision.sharedSize > 0; });
  };
  tree_->setColumnHidden(
      kShared, std::none_of(scan_.repositories.begin(), scan_.repositories.end(), shares));
  for (int i = 0; i < tree_->topLevelItemCount(); ++i)
    if (tree_->topLevelItem(i)->data(kName, kTargetRole).toString() == current || i == 0)
      tree_->setCurrentItem(tree_->topLevelItem(i));
  pages_->setCurrentIndex(scan_.repositories.empty() ? 1 : 0);
  fillMap();
  updateActions();
}

void CachePage::addRepository(const protocol::CachedHubRepository& repository) {
  const QString id = QString::fromStdString(repository.id);
  auto* item = new Row(tree_);
  item->setText(kName, id);
  const bool isModel = repository.type == "model";  // what else the cache holds is only shown
  if (isModel) item->setData(kName, kTargetRole, id);
  item->set(kSize, bytes(repository.size + repository.looseBytes),
            repository.size + repository.looseBytes);
  item->set(kUsed, day(repository.accessed), repository.accessed);
  item->set(kChanged, day(repository.modified), repository.modified);
  if (!isModel)
    item->setText(kName, tr("%1 (%2)").arg(id, QString::fromStdString(repository.type)));
  for (const protocol::CachedHubRevision& revision : repository.revisions) {
    const QString target = id + QLatin1Char('@') + QString::fromStdString(revision.commit);
    if (isPending(target)) continue;
    QStringList names{QString::fromStdString(revision.commit.substr(0, 12))};
    for (const std::string& ref : revision.refs) names += QString::fromStdString(ref);
    if (revision.refs.empty()) names += tr("no branch or tag");
    auto* child = new Row(item);
    child->setText(kName, names.join(QStringLiteral(" \u00B7 ")));
    if (isModel) child->setData(kName, kTargetRole, target);
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
}

void CachePage::fillMap() {
  std::vector<TreeMapItem> items;
  int group = 0;
  for (const protocol::CachedHubRepository& repository : scan_.repositories) {
    const QString id = QString::fromStdString(repository.id);
    const std::int64_t size = isPending(id) ? 0 : repository.size + repository.looseBytes;
    items.push_back({id, bytes(size), static_cast<double>(size), group++});
  }
  map_->setItems(std::move(items));
}

QString CachePage::selected() const {
  const QTreeWidgetItem* item = tree_->currentItem();
  return item ? item->data(kName, kTargetRole).toString() : QString();
}

void CachePage::updateActions() {
  const bool any = !selected().isEmpty();
  verify_->setEnabled(any);
  delete_->setEnabled(any);
  bool loose = false;
  for (const auto& repository : scan_.repositories) loose = loose || repository.looseBytes > 0;
  leftovers_->setEnabled(loose && !isPending(kLeftovers));
}

void CachePage::focusList() {
  (pages_->currentIndex() == 0 ? static_cast<QWidget*>(tree_) : filter_)->setFocus();
}

void CachePage::markDeleted(const QString& target) {
  if (target.isEmpty() || isPending(target)) return;
  pending_ += target;
  fillTree();
  askPlan();
}

void CachePage::undo() {
  if (pending_.isEmpty()) return;
  pending_.removeLast();
  fillTree();
  askPlan();
}

namespace {

protocol::DeleteFromCacheParams paramsOf(const QStringList& targets) {
  protocol::DeleteFromCacheParams params;
  for (const QString& target : targets) {
    if (target == kLeftovers)
      params.prune = true;
    else
      params.models.push_back(target.toStdString());
  }
  return params;
}

}  // namespace

void CachePage::askPlan() {
  pendingBar_->setVisible(!pending_.isEmpty());
  if (pending_.isEmpty()) return;
  pendingText_->setText(tr("Reckoning what that frees\u2026"));
  services_.engines.files().request<protocol::DeleteFromCacheParams>(
      paramsOf(pending_), this,
      [this](const protocol::DeleteFromCacheResult& plan) {
        pendingText_->setText(
            tr("Hidden now, and deleted when the window closes; that frees %1. Marked so far: %2")
                .arg(bytes(plan.bytesToFree))
                .arg(pending_.size()));
      },
      [this](const EngineError& error) { pendingText_->setText(error.message); });
}

void CachePage::deleteNow(std::function<void()> then) {
  protocol::DeleteFromCacheParams params = paramsOf(pending_);
  params.execute = true;
  services_.engines.files().request<protocol::DeleteFromCacheParams>(
      params, this,
      [this, then](const protocol::DeleteFromCacheResult&) {
        pending_.clear();
        pendingBar_->hide();
        if (then) return then();
        refresh();
        services_.library.refresh();
      },
      [this, then](const EngineError& error) {
        pendingText_->setText(error.message);
        emit failed(error.message);
        if (then) then();
      });
}

void CachePage::verify(const QString& target) {
  if (target.isEmpty()) return;
  protocol::VerifyHubModelParams params;
  params.model = target.toStdString();
  JobsModel& jobs = services_.engines.jobs();
  const qint64 job = jobs.begin(tr("Verifying %1").arg(target), target);
  const qint64 request = services_.engines.files().request<protocol::VerifyHubModelParams>(
      params, this,
      [this, &jobs, job](const protocol::VerifyHubModelResult& result) {
        jobs.finish(job);
        showVerified(result);
      },
      [this, &jobs, job](const EngineError& error) {
        error.cancelled() ? jobs.markCancelled(job) : jobs.fail(job, error.message);
        note_->setText(error.message);
      });
  jobs.attach(job, services_.engines.files(), request);
  note_->setText(tr("Verifying %1\u2026").arg(target));
}

void CachePage::showVerified(const protocol::VerifyHubModelResult& result) {
  QString sentence = tr("%1: %2 files are as published")
                         .arg(QString::fromStdString(result.id))
                         .arg(result.verified.size());
  if (!result.notDownloaded.empty())
    sentence += tr(", %1 were not downloaded").arg(result.notDownloaded.size());
  QStringList lines{sentence + QLatin1Char('.')};
  for (const protocol::HubMismatch& wrong : result.wrong)
    lines += tr("%1 is not as published: delete this revision and download it again")
                 .arg(QString::fromStdString(wrong.path));
  note_->setText(lines.join(QLatin1Char('\n')));
}

}  // namespace orrery::ui
