#include "ui/hub/cache_page.h"

#include <QFileDialog>
#include <QFrame>
#include <QHBoxLayout>
#include <QLabel>
#include <QLineEdit>
#include <QPushButton>
#include <QSplitter>
#include <QStackedWidget>
#include <QToolButton>
#include <algorithm>

#include "ui/engine/engine_pool.h"
#include "ui/hub/cache_list.h"
#include "ui/jobs/jobs_model.h"
#include "ui/library/library_model.h"
#include "ui/plots/tree_map.h"
#include "ui/widgets/widgets.h"

namespace orrery::ui {
namespace {

const CacheTarget kLeftovers{QStringLiteral("*"), {}};  // among what is to be deleted: no model

protocol::DeleteFromCacheParams paramsOf(const std::vector<CacheTarget>& targets) {
  protocol::DeleteFromCacheParams params;
  for (const CacheTarget& target : targets) {
    if (target == kLeftovers)
      params.prune = true;
    else
      params.targets.push_back({target.model.toStdString(), target.cache.toStdString()});
  }
  return params;
}

}  // namespace

CachePage::CachePage(Services& services, QWidget* parent) : QWidget(parent), services_(services) {
  auto* layout = new QVBoxLayout(this);
  layout->setContentsMargins(0, 0, 0, 0);
  layout->setSpacing(10);
  caches_ = new CacheList;
  connect(caches_, &CacheList::removeAsked, this,
          [this](const QString& folder) { services_.library.caches().remove(folder); });
  layout->addWidget(caches_);
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
  connect(&services_.library.caches(), &CacheFolders::changed, this, &CachePage::refresh);
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
  connect(filter_, &QLineEdit::textChanged, this, &CachePage::showRepositories);
  row->addWidget(filter_, 1);
  auto* again = makeIconButton("retry", tr("Look again"), "library.cacheRefresh");
  connect(again, &QToolButton::clicked, this, &CachePage::refresh);
  row->addWidget(again);
  auto* more = makeButton(tr("Add a cache\u2026"), "library.addCache");
  more->setToolTip(tr("Another folder that huggingface_hub or this program keeps models in"));
  connect(more, &QPushButton::clicked, this, &CachePage::chooseCache);
  row->addWidget(more);
  leftovers_ = makeButton(tr("Delete leftovers"), "library.leftovers");
  leftovers_->setToolTip(tr("What no revision needs, and what ended downloads left behind"));
  connect(leftovers_, &QPushButton::clicked, this, [this] { markDeleted(kLeftovers); });
  row->addWidget(leftovers_);
  verify_ = makeButton(tr("Verify"), "library.verify");
  connect(verify_, &QPushButton::clicked, this, [this] { verify(tree_->selected()); });
  row->addWidget(verify_);
  delete_ = makeButton(tr("Delete"), "library.delete", "danger");
  connect(delete_, &QPushButton::clicked, this, [this] { markDeleted(tree_->selected()); });
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
  tree_ = named(new CacheTree, "library.cached", tr("Models in the cache"));
  connect(tree_, &QTreeWidget::itemSelectionChanged, this, &CachePage::updateActions);
  split->addWidget(tree_);
  map_ = named(new TreeMap, "library.diskMap", tr("Models in the cache by size"));
  split->addWidget(map_);
  split->setStretchFactor(0, 2);
  split->setStretchFactor(1, 1);
  connect(map_, &TreeMap::activated, this,
          [this](int item) { tree_->select(areas_[static_cast<std::size_t>(item)]); });
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
  caches_->setCaches(scan.caches, services_.library.caches().added());
  QStringList notes;
  for (const protocol::CachedHubFolder& cache : scan.caches)
    for (const auto& problem : cache.problems)
      notes += QString::fromStdString(problem.path + ": " + problem.message);
  note_->setText(notes.join(QLatin1Char('\n')));
  showRepositories();
}

void CachePage::showRepositories() {
  tree_->fill(scan_.caches, CacheFilter(filter_->text()), pending_);
  pages_->setCurrentIndex(
      std::all_of(scan_.caches.begin(), scan_.caches.end(),
                  [](const auto& cache) { return cache.repositories.empty(); }));
  fillMap();
  updateActions();
}

void CachePage::fillMap() {
  std::vector<TreeMapItem> items;
  areas_.clear();
  int group = 0;
  for (const protocol::CachedHubFolder& cache : scan_.caches)
    for (const protocol::CachedHubRepository& repository : cache.repositories) {
      const CacheTarget target{QString::fromStdString(repository.id),
                               QString::fromStdString(cache.folder)};
      const auto size =
          static_cast<double>(isPending(target) ? 0 : repository.size + repository.looseBytes);
      items.push_back({target.model, formatBytes(size), size, group++});
      areas_.push_back(target);
    }
  map_->setItems(std::move(items));
}

bool CachePage::isPending(const CacheTarget& target) const {
  return std::find(pending_.begin(), pending_.end(), target) != pending_.end();
}

void CachePage::chooseCache() {
  const QString folder = QFileDialog::getExistingDirectory(this, tr("Folder of a cache"));
  if (!folder.isEmpty()) addCache(folder);
}

void CachePage::addCache(const QString& folder) {
  if (!services_.library.caches().add(folder))
    note_->setText(
        tr("%1 cannot be a cache: its path holds a colon or a dollar sign.").arg(folder));
}

void CachePage::updateActions() {
  const bool any = !tree_->selected().isEmpty();
  verify_->setEnabled(any);
  delete_->setEnabled(any);
  bool loose = false;
  for (const auto& cache : scan_.caches)
    for (const auto& repository : cache.repositories) loose = loose || repository.looseBytes > 0;
  leftovers_->setEnabled(loose && !isPending(kLeftovers));
}

void CachePage::focusList() {
  (pages_->currentIndex() == 0 ? static_cast<QWidget*>(tree_) : filter_)->setFocus();
}

void CachePage::markDeleted(const CacheTarget& target) {
  if (target.isEmpty() || isPending(target)) return;
  pending_.push_back(target);
  showRepositories();
  askPlan();
}

void CachePage::undo() {
  if (pending_.empty()) return;
  pending_.pop_back();
  showRepositories();
  askPlan();
}

void CachePage::askPlan() {
  pendingBar_->setVisible(!pending_.empty());
  if (pending_.empty()) return;
  pendingText_->setText(tr("Reckoning what that frees\u2026"));
  services_.engines.files().request<protocol::DeleteFromCacheParams>(
      paramsOf(pending_), this,
      [this](const protocol::DeleteFromCacheResult& plan) {
        pendingText_->setText(
            tr("Hidden now, and deleted when the window closes; that frees %1. Marked so far: %2")
                .arg(formatBytes(static_cast<double>(plan.bytesToFree)))
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

void CachePage::verify(const CacheTarget& target) {
  if (target.isEmpty()) return;
  protocol::VerifyHubModelParams params;
  params.model = target.model.toStdString();
  params.cache = target.cache.toStdString();
  JobsModel& jobs = services_.engines.jobs();
  const qint64 job = jobs.begin(tr("Verifying %1").arg(target.model), target.model);
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
  note_->setText(tr("Verifying %1\u2026").arg(target.model));
}

void CachePage::showVerified(const protocol::VerifyHubModelResult& result) {
  QString sentence = tr("%1: files as published: %2")
                         .arg(QString::fromStdString(result.id))
                         .arg(result.verified.size());
  if (!result.notDownloaded.empty())
    sentence += tr("; not downloaded: %1").arg(result.notDownloaded.size());
  QStringList lines{sentence + QLatin1Char('.')};
  for (const protocol::HubMismatch& wrong : result.wrong)
    lines += tr("%1 is not as published: delete this revision and download it again")
                 .arg(QString::fromStdString(wrong.path));
  note_->setText(lines.join(QLatin1Char('\n')));
}

}  // namespace orrery::ui
