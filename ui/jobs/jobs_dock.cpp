#include "ui/jobs/jobs_dock.h"

#include <QHeaderView>
#include <QPushButton>
#include <QStackedWidget>
#include <QTabWidget>
#include <QTableView>
#include <QVBoxLayout>
#include <algorithm>

#include "ui/hub/download_queue.h"
#include "ui/hub/downloads_view.h"
#include "ui/jobs/jobs_model.h"
#include "ui/widgets/progress_delegate.h"
#include "ui/widgets/widgets.h"

namespace orrery::ui {

JobsDock::JobsDock(JobsModel& jobs, DownloadQueue& downloads, QWidget* parent)
    : QWidget(parent), jobs_(jobs) {
  ofKind(this, "page");
  auto* layout = new QVBoxLayout(this);
  layout->setContentsMargins(12, 4, 12, 12);
  tabs_ = named(new QTabWidget, "jobs.tabs", tr("Jobs and downloads"));
  tabs_->addTab(makeJobs(), tr("Jobs"));
  downloads_ = new DownloadsView(downloads);
  tabs_->addTab(downloads_, tr("Downloads"));
  layout->addWidget(tabs_);
  const auto showCount = [this, &downloads] {
    const int count = downloads.activeCount();
    tabs_->setTabText(kDownloads, count > 0 ? tr("Downloads (%1)").arg(count) : tr("Downloads"));
  };
  connect(&downloads, &DownloadQueue::activeCountChanged, this, showCount);
  showCount();
  if (downloads.activeCount() > 0) showDownloads();
  updateActions();
}

void JobsDock::showDownloads() {
  tabs_->setCurrentIndex(kDownloads);
}

QWidget* JobsDock::makeJobs() {
  auto* page = new QWidget;
  auto* layout = new QVBoxLayout(page);
  layout->setContentsMargins(0, 8, 0, 0);
  layout->setSpacing(8);
  table_ = named(new QTableView, "jobs.list", tr("Jobs"));
  table_->setModel(&jobs_);
  table_->setItemDelegateForColumn(JobsModel::kProgress,
                                   new ProgressDelegate(
                                       [this](int row) {
                                         const JobRow& job = jobs_.job(row);
                                         const Progress& p = job.progress;
                                         const bool runs = job.state == JobState::kRunning;
                                         return runs && p.total > 0 ? p.done / p.total : -1.0;
                                       },
                                       this));
  table_->setSelectionBehavior(QAbstractItemView::SelectRows);
  table_->setSelectionMode(QAbstractItemView::SingleSelection);
  table_->setWordWrap(false);
  table_->setShowGrid(false);
  table_->setTabKeyNavigation(false);
  table_->verticalHeader()->hide();
  table_->verticalHeader()->setDefaultSectionSize(32);
  table_->horizontalHeader()->setHighlightSections(false);
  table_->horizontalHeader()->setSectionResizeMode(QHeaderView::Interactive);
  table_->horizontalHeader()->setStretchLastSection(true);
  table_->setColumnWidth(JobsModel::kTitle, 330);
  table_->setColumnWidth(JobsModel::kProgress, 170);
  table_->setColumnWidth(JobsModel::kRate, 120);
  pages_ = new QStackedWidget;
  pages_->addWidget(table_);
  pages_->addWidget(
      makeEmptyState("jobs", tr("Nothing has run yet"),
                     tr("Loading and generating appear here, with their progress and a way "
                        "to cancel them.")));
  layout->addWidget(pages_, 1);
  auto* row = new QHBoxLayout;
  clear_ = makeButton(tr("Clear ended"), "jobs.clear", "flat");
  cancel_ = makeButton(tr("Cancel job"), "jobs.cancel");
  row->addWidget(clear_);
  row->addStretch(1);
  row->addWidget(cancel_);
  layout->addLayout(row);
  connect(clear_, &QPushButton::clicked, &jobs_, &JobsModel::clearEnded);
  connect(cancel_, &QPushButton::clicked, this, [this] {
    for (const QModelIndex& index : table_->selectionModel()->selectedRows())
      jobs_.cancel(index.row());
  });
  connect(table_->selectionModel(), &QItemSelectionModel::selectionChanged, this,
          &JobsDock::updateActions);
  connect(&jobs_, &JobsModel::runningCountChanged, this, &JobsDock::updateActions);
  connect(&jobs_, &QAbstractItemModel::rowsInserted, this, [this] { table_->selectRow(0); });
  connect(&jobs_, &QAbstractItemModel::modelReset, this, &JobsDock::updateActions);
  return page;
}

void JobsDock::updateActions() {
  const auto rows = table_->selectionModel()->selectedRows();
  cancel_->setEnabled(std::any_of(rows.begin(), rows.end(), [this](const QModelIndex& index) {
    return jobs_.job(index.row()).state == JobState::kRunning;
  }));
  clear_->setEnabled(jobs_.rowCount() > jobs_.runningCount());
  pages_->setCurrentIndex(jobs_.rowCount() == 0 ? 1 : 0);
}

}  // namespace orrery::ui
