#include <QHeaderView>
#include <QLabel>
#include <QProgressBar>
#include <QPushButton>
#include <QSettings>
#include <QSplitter>
#include <QTableView>
#include <QVBoxLayout>

#include "core/base/progress.h"
#include "ui/train/needs_view.h"
#include "ui/train/train_curves.h"
#include "ui/train/train_form.h"
#include "ui/train/train_panel.h"
#include "ui/train/train_runner.h"
#include "ui/widgets/notice_bar.h"
#include "ui/widgets/widgets.h"

namespace orrery::ui {
namespace {

constexpr int kFormWidth = 352;
constexpr int kProgressWidth = 220;
constexpr auto kFormKey = "train/form";

}  // namespace

void TrainPanel::makeParts() {
  auto* layout = new QVBoxLayout(this);
  layout->setContentsMargins(24, 20, 24, 16);
  layout->setSpacing(12);
  layout->addWidget(makeHeader());
  layout->addWidget(notice_ = new NoticeBar("train.problem"));
  goOnNow_ = notice_->addButton(tr("Go on from the last checkpoint"), "train.goOnNow");
  curves_ = new TrainCurves;
  auto* watched = new QWidget;
  auto* column = new QVBoxLayout(watched);
  column->setContentsMargins(0, 0, 0, 0);
  column->setSpacing(8);
  column->addWidget(progressRow_ = makeProgress());
  column->addWidget(curves_, 1);
  auto* right = new QSplitter(Qt::Vertical);
  right->setChildrenCollapsible(false);
  right->setHandleWidth(10);
  right->addWidget(watched);
  right->addWidget(makeRuns());
  right->setSizes({520, 170});
  right->setStretchFactor(0, 3);
  right->setStretchFactor(1, 1);
  auto* splitter = new QSplitter;
  splitter->setChildrenCollapsible(false);
  splitter->setHandleWidth(10);
  splitter->addWidget(makeSettings());
  splitter->addWidget(right);
  splitter->setSizes({kFormWidth, 800});
  splitter->setStretchFactor(1, 1);
  layout->addWidget(splitter, 1);
}

QWidget* TrainPanel::makeHeader() {
  auto* header = new QWidget;
  auto* row = new QHBoxLayout(header);
  row->setContentsMargins(0, 0, 0, 0);
  row->setSpacing(8);
  row->addWidget(makeLabel(tr("Train"), "title"));
  row->addSpacing(8);
  const auto add = [&](const QString& text, const char* name, void (TrainPanel::*run)()) {
    auto* button = makeButton(text, name);
    row->addWidget(button);
    connect(button, &QPushButton::clicked, this, run);
    return button;
  };
  add(tr("Open\u2026"), "train.open", &TrainPanel::askForSettings)
      ->setToolTip(tr("Open settings, as orrery-cli train takes them"));
  add(tr("Save\u2026"), "train.save", &TrainPanel::saveSettings);
  add(tr("Standard"), "train.standard", &TrainPanel::useStandardSettings)
      ->setToolTip(tr("Settings of this model as for ETTh1"));
  row->addStretch(1);
  measure_ = add(tr("Measure"), "train.measure", &TrainPanel::measure);
  measure_->setToolTip(tr("Say what the run will take, by a few steps of the model"));
  pause_ = add(tr("Pause"), "train.pause", &TrainPanel::pauseOrGoOn);
  start_ = makeButton(tr("Start"), "train.run", "primary");
  start_->setMinimumWidth(84);
  row->addWidget(start_);
  return header;
}

QWidget* TrainPanel::makeSettings() {
  auto* side = new QWidget;
  side->setMinimumWidth(kFormWidth);
  auto* layout = new QVBoxLayout(side);
  layout->setContentsMargins(0, 0, 0, 0);
  layout->setSpacing(10);
  form_ = named(new TrainForm, "train.form", tr("Settings of the run"));
  layout->addWidget(form_, 1);
  layout->addWidget(needs_ = new NeedsView);
  return side;
}

QWidget* TrainPanel::makeProgress() {
  auto* bar = new QWidget;
  auto* row = new QHBoxLayout(bar);
  row->setContentsMargins(0, 0, 0, 0);
  row->setSpacing(10);
  progress_ = named(new QProgressBar, "train.progress", tr("Progress"));
  progress_->setTextVisible(false);
  progress_->setFixedWidth(kProgressWidth);
  row->addWidget(progress_);
  state_ = named(makeLabel({}, "muted"), "train.state", tr("How far the run is"));
  state_->setSizePolicy(QSizePolicy::Ignored, QSizePolicy::Preferred);
  row->addWidget(state_, 1);
  return bar;
}

QWidget* TrainPanel::makeRuns() {
  auto* box = new QWidget;
  auto* layout = new QVBoxLayout(box);
  layout->setContentsMargins(0, 0, 0, 0);
  layout->setSpacing(6);
  auto* row = new QHBoxLayout;
  row->addWidget(makeLabel(tr("Runs"), "heading"));
  auto* hint = makeLabel(tr("Those chosen are drawn"), "small");
  hint->setSizePolicy(QSizePolicy::Ignored, QSizePolicy::Preferred);
  row->addWidget(hint, 1);
  const std::tuple<QString, const char*, void (TrainPanel::*)()> actions[] = {
      {tr("Go on"), "train.goOn", &TrainPanel::goOnWithRun},
      {tr("Copy settings"), "train.copy", &TrainPanel::copySettings},
      {tr("Compare settings"), "train.compare", &TrainPanel::compareSettings},
      {tr("Open in Forecast"), "train.forecast", &TrainPanel::openRunInForecast}};
  for (const auto& [text, name, run] : actions) {
    runActions_.push_back(makeButton(text, name, "flat"));
    row->addWidget(runActions_.back());
    connect(runActions_.back(), &QPushButton::clicked, this, run);
  }
  runActions_[0]->setToolTip(tr("Train on from its last checkpoint"));
  runActions_[1]->setToolTip(tr("Put its settings into the form"));
  layout->addLayout(row);
  table_ = named(new QTableView, "train.runs", tr("Runs; those chosen are drawn"));
  table_->setModel(&runs_);
  table_->setSelectionBehavior(QAbstractItemView::SelectRows);
  table_->setSelectionMode(QAbstractItemView::ExtendedSelection);
  table_->setShowGrid(false);
  table_->setWordWrap(false);
  table_->setTabKeyNavigation(false);
  table_->setMinimumHeight(96);
  table_->verticalHeader()->hide();
  table_->verticalHeader()->setDefaultSectionSize(28);
  QHeaderView* columns = table_->horizontalHeader();
  columns->setDefaultAlignment(Qt::AlignLeft | Qt::AlignVCenter);
  columns->setHighlightSections(false);
  columns->setStretchLastSection(true);
  const int widths[] = {170, 82, 170, 60, 150};
  for (int column = 0; column < RunsModel::kSettings; ++column)
    table_->setColumnWidth(column, widths[column]);
  layout->addWidget(table_, 1);
  return box;
}

void TrainPanel::connectParts() {
  connect(form_, &TrainForm::changed, this, &TrainPanel::onFormChanged);
  connect(&rest_, &QTimer::timeout, this, &TrainPanel::measure);
  connect(&save_, &QTimer::timeout, this, [this] {
    services_.settings.setValue(kFormKey, QString::fromUtf8(form_->document().toFile()));
  });
  connect(start_, &QPushButton::clicked, this, [this] { runner_->busy() ? stop() : run(); });
  connect(goOnNow_, &QPushButton::clicked, this, [this] {
    const int row = runs_.rowOf(runner_->folder());
    if (row >= 0) goOn(runs_.entry(row));
  });
  connect(measurer_, &TrainMeasurer::busyChanged, this, &TrainPanel::updateActions);
  connect(measurer_, &TrainMeasurer::measured, needs_, &NeedsView::setNeeds);
  connect(measurer_, &TrainMeasurer::failed, needs_, &NeedsView::setProblem);
  connect(runner_, &TrainRunner::stateChanged, this, &TrainPanel::updateActions);
  connect(runner_, &TrainRunner::progressed, this, &TrainPanel::onProgress);
  connect(runner_, &TrainRunner::told, this, [this](const Json& line) {
    runs_.take(runner_->folder(), line);
    drawRuns();
  });
  connect(runner_, &TrainRunner::finished, this, &TrainPanel::onFinished);
  connect(runner_, &TrainRunner::stopped, this, &TrainPanel::onStopped);
  connect(runner_, &TrainRunner::failed, this, &TrainPanel::onFailed);
  connect(table_->selectionModel(), &QItemSelectionModel::selectionChanged, this, [this] {
    drawRuns();
    updateActions();
  });
}

}  // namespace orrery::ui
