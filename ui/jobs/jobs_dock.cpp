#include "ui/jobs/jobs_dock.h"

#include <QHeaderView>
#include <QPainter>
#include <QPushButton>
#include <QStackedWidget>
#include <QStyledItemDelegate>
#include <QTableView>
#include <QVBoxLayout>
#include <algorithm>

#include "ui/jobs/jobs_model.h"
#include "ui/shell/theme.h"
#include "ui/widgets/widgets.h"

namespace orrery::ui {
namespace {

// Draws a bar below the text of the progress column.
class ProgressDelegate : public QStyledItemDelegate {
 public:
  ProgressDelegate(JobsModel& jobs, QObject* parent) : QStyledItemDelegate(parent), jobs_(jobs) {}

  void paint(QPainter* painter, const QStyleOptionViewItem& option,
             const QModelIndex& index) const override {
    QStyledItemDelegate::paint(painter, option, index);
    const Progress& p = jobs_.job(index.row()).progress;
    if (p.total <= 0 || jobs_.job(index.row()).state != JobState::kRunning) return;
    const QRect bar(option.rect.left() + 8, option.rect.bottom() - 6, option.rect.width() - 16, 3);
    painter->fillRect(bar, theme().raised);
    const double part = std::clamp(p.done / p.total, 0.0, 1.0);
    painter->fillRect(QRectF(bar.x(), bar.y(), bar.width() * part, bar.height()), theme().accent);
  }

 private:
  JobsModel& jobs_;
};

}  // namespace

JobsDock::JobsDock(JobsModel& jobs, QWidget* parent) : QWidget(parent), jobs_(jobs) {
  ofKind(this, "page");
  auto* layout = new QVBoxLayout(this);
  layout->setContentsMargins(12, 8, 12, 12);
  layout->setSpacing(8);
  table_ = named(new QTableView, "jobs.list", tr("Jobs"));
  table_->setModel(&jobs_);
  table_->setItemDelegateForColumn(JobsModel::kProgress, new ProgressDelegate(jobs_, this));
  table_->setSelectionBehavior(QAbstractItemView::SelectRows);
  table_->setSelectionMode(QAbstractItemView::SingleSelection);
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
  updateActions();
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
