#include "ui/hub/downloads_view.h"

#include <QComboBox>
#include <QHeaderView>
#include <QLabel>
#include <QPushButton>
#include <QSplitter>
#include <QStackedWidget>
#include <QTableView>
#include <QToolButton>
#include <QVBoxLayout>

#include "ui/hub/download_parts_model.h"
#include "ui/hub/download_queue.h"
#include "ui/plots/rate_plot.h"
#include "ui/widgets/progress_delegate.h"
#include "ui/widgets/widgets.h"

namespace orrery::ui {
namespace {

QTableView* makeTable(const char* name, const QString& spoken, QAbstractItemModel* model) {
  auto* table = named(new QTableView, name, spoken);
  table->setModel(model);
  table->setSelectionBehavior(QAbstractItemView::SelectRows);
  table->setSelectionMode(QAbstractItemView::SingleSelection);
  table->setShowGrid(false);
  table->setTabKeyNavigation(false);
  table->setWordWrap(false);
  table->setTextElideMode(Qt::ElideMiddle);
  table->verticalHeader()->hide();
  table->verticalHeader()->setDefaultSectionSize(30);
  table->horizontalHeader()->setHighlightSections(false);
  return table;
}

}  // namespace

DownloadsView::DownloadsView(DownloadQueue& queue, QWidget* parent)
    : QWidget(parent), queue_(queue) {
  auto* layout = new QVBoxLayout(this);
  layout->setContentsMargins(0, 8, 0, 0);
  layout->setSpacing(8);
  pages_ = new QStackedWidget;
  auto* split = new QSplitter(Qt::Horizontal);
  split->setChildrenCollapsible(false);
  split->setHandleWidth(10);
  split->addWidget(makeList());
  split->addWidget(makeDetails());
  split->setStretchFactor(0, 3);
  split->setStretchFactor(1, 2);
  pages_->addWidget(split);
  pages_->addWidget(makeEmptyState("jobs", tr("No downloads"),
                                   tr("Models that you download from the hub appear here, and go "
                                      "on after a restart.")));
  layout->addWidget(pages_, 1);
  layout->addWidget(makeTools());
  connect(table_->selectionModel(), &QItemSelectionModel::selectionChanged, this, [this] {
    showDetails();
    updateActions();
  });
  connect(&queue_, &DownloadQueue::itemChanged, this, [this](int changed) {
    if (changed == row()) showDetails();
    updateActions();
  });
  connect(&queue_, &DownloadQueue::activeCountChanged, this, &DownloadsView::updateActions);
  connect(&queue_, &DownloadQueue::added, this, &DownloadsView::select);
  connect(&queue_, &QAbstractItemModel::modelReset, this, &DownloadsView::updateActions);
  if (queue_.rowCount() > 0) select(0);
  updateActions();
}

QWidget* DownloadsView::makeList() {
  table_ = makeTable("jobs.downloads", tr("Downloads"), &queue_);
  table_->setItemDelegateForColumn(DownloadQueue::kProgress,
                                   new ProgressDelegate(
                                       [this](int at) {
                                         const DownloadItem& item = queue_.item(at);
                                         if (item.ended() || item.total() <= 0) return -1.0;
                                         return static_cast<double>(item.done()) /
                                                static_cast<double>(item.total());
                                       },
                                       this));
  table_->horizontalHeader()->setStretchLastSection(true);
  table_->setColumnWidth(DownloadQueue::kModel, 190);
  table_->setColumnWidth(DownloadQueue::kProgress, 140);
  return table_;
}

QWidget* DownloadsView::makeDetails() {
  auto* details = new QWidget;
  auto* layout = new QVBoxLayout(details);
  layout->setContentsMargins(0, 0, 0, 0);
  layout->setSpacing(6);
  reason_ = makeLabel({}, "small");
  reason_->setWordWrap(true);
  reason_->setTextInteractionFlags(Qt::TextSelectableByMouse);
  layout->addWidget(reason_);
  plot_ = named(new RatePlot, "jobs.rate", tr("Rate of the download over time"));
  layout->addWidget(plot_);
  parts_ = new DownloadPartsModel(this);
  files_ = makeTable("jobs.downloadFiles", tr("Files of the download"), parts_);
  files_->horizontalHeader()->setSectionResizeMode(DownloadPartsModel::kPath, QHeaderView::Stretch);
  files_->setColumnWidth(DownloadPartsModel::kProgress, 140);
  files_->setColumnWidth(DownloadPartsModel::kState, 80);
  files_->verticalHeader()->setDefaultSectionSize(26);
  layout->addWidget(files_, 1);
  return details;
}

QWidget* DownloadsView::makeTools() {
  auto* tools = new QWidget;
  auto* line = new QHBoxLayout(tools);
  line->setContentsMargins(0, 0, 0, 0);
  clear_ = makeButton(tr("Clear ended"), "jobs.clearDownloads", "flat");
  connect(clear_, &QPushButton::clicked, &queue_, &DownloadQueue::clearEnded);
  line->addWidget(clear_);
  line->addStretch(1);
  limit_ = named(new QComboBox, "jobs.limit", tr("Limit of all downloads together"));
  const std::pair<QString, double> limits[] = {{tr("No limit"), 0},  {tr("500 KB/s"), 5e5},
                                               {tr("1 MB/s"), 1e6},  {tr("5 MB/s"), 5e6},
                                               {tr("20 MB/s"), 2e7}, {tr("100 MB/s"), 1e8}};
  for (const auto& [text, rate] : limits) limit_->addItem(text, rate);
  if (limit_->findData(queue_.limit()) < 0)
    limit_->addItem(tr("%1/s").arg(formatBytes(queue_.limit())), queue_.limit());
  limit_->setCurrentIndex(std::max(0, limit_->findData(queue_.limit())));
  connect(limit_, &QComboBox::activated, this,
          [this] { queue_.setLimit(limit_->currentData().toDouble()); });
  line->addWidget(limit_);
  up_ = makeIconButton("up", tr("Earlier"), "jobs.up");
  connect(up_, &QToolButton::clicked, this, [this] { moveBy(-1); });
  line->addWidget(up_);
  down_ = makeIconButton("down", tr("Later"), "jobs.down");
  connect(down_, &QToolButton::clicked, this, [this] { moveBy(1); });
  line->addWidget(down_);
  remove_ = makeButton(tr("Remove"), "jobs.removeDownload");
  remove_->setToolTip(tr("Stops it. What has arrived is kept for another time"));
  connect(remove_, &QPushButton::clicked, this, [this] {
    if (row() >= 0) queue_.remove(row());
  });
  line->addWidget(remove_);
  pause_ = makeButton(tr("Pause"), "jobs.pause");
  connect(pause_, &QPushButton::clicked, this, &DownloadsView::togglePause);
  line->addWidget(pause_);
  return tools;
}

int DownloadsView::row() const {
  const auto rows = table_->selectionModel()->selectedRows();
  return rows.isEmpty() ? -1 : rows.first().row();
}

void DownloadsView::select(int row) {
  table_->selectRow(row);
  pages_->setCurrentIndex(0);
}

void DownloadsView::togglePause() {
  if (row() < 0) return;
  const DownloadState state = queue_.item(row()).state;
  if (state == DownloadState::kDone) return queue_.open(row());
  const bool active = state == DownloadState::kRunning || state == DownloadState::kWaiting;
  active ? queue_.pause(row()) : queue_.resume(row());
}

void DownloadsView::moveBy(int step) {
  const int at = row();
  if (at < 0) return;
  queue_.move(at, at + step);
  updateActions();
}

void DownloadsView::updateActions() {
  pages_->setCurrentIndex(queue_.rowCount() == 0 ? 1 : 0);
  const int at = row();
  const bool any = at >= 0 && at < queue_.rowCount();
  const DownloadState state = any ? queue_.item(at).state : DownloadState::kDone;
  const bool active = state == DownloadState::kRunning || state == DownloadState::kWaiting;
  pause_->setEnabled(any);
  pause_->setText(active || !any                    ? tr("Pause")
                  : state == DownloadState::kPaused ? tr("Continue")
                  : state == DownloadState::kDone   ? tr("Open")
                                                    : tr("Try again now"));
  pause_->setAccessibleName(pause_->text());
  remove_->setEnabled(any);
  up_->setEnabled(any && at > 0);
  down_->setEnabled(any && at + 1 < queue_.rowCount());
  bool ended = false;
  for (int i = 0; i < queue_.rowCount(); ++i) ended = ended || queue_.item(i).ended();
  clear_->setEnabled(ended);
}

void DownloadsView::showDetails() {
  const int at = row();
  if (at < 0 || at >= queue_.rowCount()) {
    parts_->setParts({});
    plot_->setSamples({});
    reason_->setText(queue_.problem());
    return;
  }
  const DownloadItem& item = queue_.item(at);
  parts_->setParts(item.parts);
  std::vector<QPointF> samples;
  for (const RateSample& sample : item.rates) samples.emplace_back(sample.seconds, sample.rate);
  plot_->setSamples(std::move(samples));
  reason_->setText(item.reason);
  reason_->setVisible(!item.reason.isEmpty());
}

}  // namespace orrery::ui
