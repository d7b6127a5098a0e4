#include "ui/vision/batch_view.h"

#include <QCryptographicHash>
#include <QDir>
#include <QFileDialog>
#include <QFileInfo>
#include <QHeaderView>
#include <QLabel>
#include <QLineEdit>
#include <QPushButton>
#include <QSettings>
#include <QSortFilterProxyModel>
#include <QTableView>
#include <QVBoxLayout>
#include <utility>

#include "core/base/error.h"
#include "core/base/file.h"
#include "core/protocol/pipeline.h"
#include "ui/engine/engine_pool.h"
#include "ui/jobs/jobs_model.h"
#include "ui/vision/vision_runner.h"
#include "ui/widgets/widgets.h"

namespace orrery::ui {
namespace {

// One journal for each folder, model, task and its options.
QString journalOf(const QSettings& settings, const VisionState& state) {
  const protocol::RunPipelineParams params = pipelineParams(state, {});
  const std::string key = Json{state.folder, protocol::toJson(params)}.dump();
  const QByteArray name =
      QCryptographicHash::hash(QByteArray::fromStdString(key), QCryptographicHash::Sha1).toHex();
  return QFileInfo(settings.fileName())
      .absoluteDir()
      .filePath(QStringLiteral("batches/%1.jsonl").arg(QString::fromLatin1(name)));
}

QByteArray csvField(const QVariant& value) {
  QByteArray text = value.toString().toUtf8();
  if (!text.contains(',') && !text.contains('"') && !text.contains('\n')) return text;
  return '"' + text.replace("\"", "\"\"") + '"';
}

}  // namespace

BatchView::BatchView(Services& services, QWidget* parent)
    : QWidget(parent), services_(services), model_(new BatchModel(this)) {
  sorted_ = new QSortFilterProxyModel(this);
  sorted_->setSourceModel(model_);
  sorted_->setSortRole(BatchModel::kSortRole);
  sorted_->setFilterKeyColumn(-1);
  sorted_->setFilterCaseSensitivity(Qt::CaseInsensitive);
  sorted_->setSortCaseSensitivity(Qt::CaseInsensitive);
  auto* layout = new QVBoxLayout(this);
  layout->setContentsMargins(8, 8, 8, 0);
  layout->addWidget(makeHeader());
  table_ = named(new QTableView, "vision.table", tr("Pictures with what was found"));
  table_->setModel(sorted_);
  table_->setSortingEnabled(true);
  table_->sortByColumn(BatchModel::kFile, Qt::AscendingOrder);
  table_->setSelectionBehavior(QAbstractItemView::SelectRows);
  table_->setEditTriggers(QAbstractItemView::NoEditTriggers);
  table_->setTabKeyNavigation(false);
  table_->verticalHeader()->hide();
  table_->horizontalHeader()->setSectionResizeMode(BatchModel::kFile, QHeaderView::Stretch);
  table_->horizontalHeader()->setSectionResizeMode(BatchModel::kFound, QHeaderView::Stretch);
  layout->addWidget(table_, 1);
  connect(table_, &QTableView::activated, this, &BatchView::choose);
  connect(&services_.engines.jobs(), &JobsModel::cancelAsked, this, [this](qint64 job) {
    if (busy() && job == job_) stop();
  });
  updateActions();
}

QWidget* BatchView::makeHeader() {
  auto* header = new QWidget;
  auto* row = new QHBoxLayout(header);
  row->setContentsMargins(0, 0, 0, 0);
  filter_ = named(new QLineEdit, "vision.filter", tr("Show rows that contain"));
  filter_->setPlaceholderText(tr("Filter"));
  filter_->setClearButtonEnabled(true);
  filter_->setMaximumWidth(220);
  figures_ = makeLabel({}, "muted");
  save_ = makeButton(tr("Save table…"), "vision.saveTable");
  run_ = makeButton(tr("Run on all"), "vision.runAll", "primary");
  row->addWidget(filter_);
  row->addWidget(figures_, 1);
  row->addWidget(save_);
  row->addWidget(run_);
  connect(filter_, &QLineEdit::textChanged, sorted_, &QSortFilterProxyModel::setFilterFixedString);
  connect(save_, &QPushButton::clicked, this, &BatchView::saveTable);
  connect(run_, &QPushButton::clicked, this, [this] { busy() ? stop() : start(); });
  return header;
}

void BatchView::open(const VisionState& state, const QStringList& files) {
  const QString journal = journalOf(services_.settings, state);
  if (busy() && journal == journal_) return;
  stop();
  state_ = state;
  journal_ = journal;
  try {
    model_->open(QString::fromStdString(state.folder), files, QString::fromStdString(state.task),
                 journal);
  } catch (const Error& error) {
    emit failed(QString::fromUtf8(error.what()));
  }
  updateActions();
}

void BatchView::start() {
  if (busy() || model_->nextWaiting(0) < 0) return;
  job_ = services_.engines.jobs().begin(
      tr("Pictures of %1").arg(QString::fromStdString(state_.folder)),
      QString::fromStdString(state_.model));
  emit busyChanged();
  runNext(0);
}

void BatchView::stop() {
  if (!busy()) return;
  if (engine_) engine_->cancel(request_);
  request_ = 0;
  services_.engines.jobs().markCancelled(std::exchange(job_, 0));
  updateActions();
  emit busyChanged();
}

void BatchView::runNext(int from) {
  updateActions();
  const int row = model_->nextWaiting(from);
  if (row < 0) return finish({});
  services_.engines.jobs().advance(job_, {.what = "running",
                                          .unit = "pictures",
                                          .done = double(model_->doneCount()),
                                          .total = double(model_->rowCount())});
  engine_ = &services_.engines.engine(QString::fromStdString(state_.model)).process();
  const auto request = std::make_shared<qint64>(0);
  *request = engine_->request<protocol::RunPipelineParams>(
      pipelineParams(state_, model_->path(row).toStdString()), this,
      [this, row, request](const protocol::RunPipelineResult& result) {
        if (*request == request_) onAnswer(row, result.result, result.runSeconds);
      },
      [this, row, request](const EngineError& error) {
        if (*request == request_) onFailure(row, error);
      });
  request_ = *request;
}

void BatchView::onAnswer(int row, const Json& document, double seconds) {
  try {
    model_->record(row, document, seconds);
  } catch (const Error& error) {
    return finish(QString::fromUtf8(error.what()));
  }
  runNext(row + 1);
}

// A picture that cannot be used is passed over; an engine that ended is not started again unasked.
void BatchView::onFailure(int row, const EngineError& error) {
  if (error.cancelled()) return stop();
  if (error.kind == QLatin1String("protocol")) return finish(error.message);
  try {
    model_->recordFailure(row, error.message);
  } catch (const Error& unwritten) {
    return finish(QString::fromUtf8(unwritten.what()));
  }
  runNext(row + 1);
}

void BatchView::finish(const QString& problem) {
  request_ = 0;
  const qint64 job = std::exchange(job_, 0);
  if (problem.isEmpty())
    services_.engines.jobs().finish(job);
  else
    services_.engines.jobs().fail(job, problem);
  updateActions();
  emit busyChanged();
  if (!problem.isEmpty()) emit failed(problem);
}

void BatchView::choose(const QModelIndex& index) {
  const int row = sorted_->mapToSource(index).row();
  emit pictureChosen(model_->path(row), model_->document(row), model_->row(row).seconds);
}

void BatchView::saveTable() {
  const QString path =
      QFileDialog::getSaveFileName(this, tr("Save the table"), QStringLiteral("pictures.csv"),
                                   tr("CSV, a row per picture (*.csv)"));
  if (path.isEmpty()) return;
  try {
    writeTable(path);
  } catch (const Error& error) {
    emit failed(QString::fromUtf8(error.what()));
  }
}

void BatchView::writeTable(const QString& path) const {
  QByteArray csv;
  for (int row = -1; row < sorted_->rowCount(); ++row) {  // the titles first
    for (int column = 0; column < BatchModel::kColumnCount; ++column) {
      if (column > 0) csv += ',';
      csv += csvField(row < 0 ? sorted_->headerData(column, Qt::Horizontal)
                              : sorted_->index(row, column).data());
    }
    csv += '\n';
  }
  writeFileAtomically(path.toStdString(), {csv.constData(), static_cast<std::size_t>(csv.size())});
}

void BatchView::updateActions() {
  const int all = model_->rowCount();
  const int done = model_->doneCount();
  const int failed = model_->failedCount();
  const QString figures = tr("%1 of %2 pictures").arg(done).arg(all);
  figures_->setText(failed == 0 ? figures : tr("%1, %2 failed").arg(figures).arg(failed));
  run_->setText(busy() ? tr("Stop") : done > 0 && done < all ? tr("Go on") : tr("Run on all"));
  run_->setAccessibleName(run_->text());
  run_->setEnabled(busy() || (done < all && !state_.model.empty() && !state_.task.empty()));
  save_->setEnabled(all > 0);
}

}  // namespace orrery::ui
