// How the forecast panel is put together.
#include <QButtonGroup>
#include <QCheckBox>
#include <QComboBox>
#include <QFormLayout>
#include <QLabel>
#include <QLineEdit>
#include <QListView>
#include <QListWidget>
#include <QProgressBar>
#include <QPushButton>
#include <QShortcut>
#include <QSpinBox>
#include <QStackedWidget>
#include <QToolButton>
#include <QVBoxLayout>

#include "ui/forecast/backtest_page.h"
#include "ui/forecast/forecast_panel.h"
#include "ui/forecast/forecast_plot.h"
#include "ui/forecast/table_page.h"
#include "ui/library/model_picker.h"
#include "ui/widgets/icons.h"
#include "ui/widgets/widgets.h"

namespace orrery::ui {
namespace {

constexpr int kSideWidth = 264;
constexpr int kMostSteps = 100000;
constexpr int kMostRows = 2000000000;
constexpr int kListHeight = 96;

QToolButton* makeTool(const QString& text, const char* objectName, const QString& tip) {
  auto* button = ofKind(named(new QToolButton, objectName, tip), "tool");
  button->setText(text);
  button->setToolTip(tip);
  return button;
}

}  // namespace

QWidget* ForecastPanel::makeViews() {
  auto* bar = new QWidget;
  auto* row = new QHBoxLayout(bar);
  row->setContentsMargins(0, 0, 0, 0);
  row->setSpacing(2);
  views_ = new QButtonGroup(this);
  const auto add = [&](View view, const QString& text, const char* objectName) {
    auto* button = ofKind(named(new QToolButton, objectName, text), "view");
    button->setText(text);
    button->setCheckable(true);
    views_->addButton(button, view);
    row->addWidget(button);
  };
  add(kSeries, tr("Series"), "forecast.viewSeries");
  add(kBacktest, tr("Backtest"), "forecast.viewBacktest");
  add(kTable, tr("Table"), "forecast.viewTable");
  views_->button(kSeries)->setChecked(true);
  return bar;
}

QWidget* ForecastPanel::makeHeader() {
  auto* header = new QWidget;
  auto* row = new QHBoxLayout(header);
  row->setContentsMargins(0, 0, 0, 0);
  row->setSpacing(8);
  row->addWidget(makeLabel(tr("Forecast"), "title"));
  row->addSpacing(8);
  row->addWidget(makeViews());
  row->addStretch(1);
  progress_ = named(new QProgressBar, "forecast.progress", tr("Progress"));
  progress_->setFixedWidth(140);
  progress_->setTextVisible(false);
  progress_->hide();
  row->addWidget(progress_);
  export_ = makeButton(tr("Export…"), "forecast.export");
  row->addWidget(export_);
  run_ = makeButton(tr("Run"), "forecast.run", "primary");
  run_->setMinimumWidth(84);
  row->addWidget(run_);
  return header;
}

QWidget* ForecastPanel::makeEmpty() {
  auto* ways = new QWidget;
  auto* row = new QHBoxLayout(ways);
  row->setContentsMargins(0, 0, 0, 0);
  auto* open = makeButton(tr("Open a table…"), "forecast.openFirst", "primary");
  auto* sample = makeButton(tr("Open the sample"), "forecast.sample");
  row->addWidget(open);
  row->addWidget(sample);
  connect(open, &QPushButton::clicked, this, &ForecastPanel::askForTable);
  connect(sample, &QPushButton::clicked, this, &ForecastPanel::openSample);
  return makeEmptyState(
      "forecast", tr("Drop a table here"),
      tr("CSV, TSV or Parquet with numbers over time. How it is read is found out, and can "
         "be corrected."),
      ways);
}

void ForecastPanel::addFileTo(QVBoxLayout& side) {
  auto* row = new QHBoxLayout;
  name_ = named(makeLabel({}, "heading"), "forecast.file", tr("Table"));
  name_->setSizePolicy(QSizePolicy::Ignored, QSizePolicy::Preferred);
  row->addWidget(name_, 1);
  auto* open = makeIconButton("folder", tr("Open a table…"), "forecast.open");
  row->addWidget(open);
  connect(open, &QToolButton::clicked, this, &ForecastPanel::askForTable);
  side.addLayout(row);
  facts_ = named(makeLabel({}, "small"), "forecast.facts", tr("What the table holds"));
  facts_->setWordWrap(true);
  facts_->setSizePolicy(QSizePolicy::Ignored, QSizePolicy::Preferred);
  side.addWidget(facts_);
}

void ForecastPanel::addColumnsTo(QVBoxLayout& side) {
  side.addWidget(makeLabel(tr("Ticked: forecast. Selected: shown."), "small"));
  columns_ = named(new QListWidget, "forecast.columns",
                   tr("Columns; Space ticks what is forecast, the selection is shown"));
  columns_->setSelectionMode(QAbstractItemView::ExtendedSelection);
  columns_->setMinimumHeight(kListHeight);
  side.addWidget(columns_, 1);
}

void ForecastPanel::addModelsTo(QVBoxLayout& side) {
  picker_ = named(new ModelPicker(services_.library), "forecast.model", tr("Add a model"));
  picker_->setPlaceholderText(tr("Add a model"));
  side.addWidget(picker_);
  list_ = named(new QListView, "forecast.models", tr("Models; Delete takes one off the list"));
  list_->setModel(models_);
  list_->setFixedHeight(kListHeight);
  list_->setTextElideMode(Qt::ElideMiddle);
  side.addWidget(list_);
  auto* remove = new QShortcut(QKeySequence::Delete, list_, nullptr, nullptr, Qt::WidgetShortcut);
  const auto removeCurrent = [this] {
    if (list_->currentIndex().isValid()) models_->removeAt(list_->currentIndex().row());
  };
  connect(remove, &QShortcut::activated, this, removeCurrent);
  list_->setContextMenuPolicy(Qt::ActionsContextMenu);
  auto* action = new QAction(tr("Remove"), list_);
  connect(action, &QAction::triggered, this, removeCurrent);
  list_->addAction(action);
}

void ForecastPanel::addOptionsTo(QVBoxLayout& side) {
  auto* form = new QFormLayout;
  form->setVerticalSpacing(6);
  form->setFieldGrowthPolicy(QFormLayout::AllNonFixedFieldsGrow);
  horizon_ = named(new QSpinBox, "forecast.horizon", tr("Steps ahead"));
  horizon_->setRange(0, kMostSteps);
  horizon_->setSpecialValueText(tr("all of the model's"));
  horizon_->setKeyboardTracking(false);
  form->addRow(tr("Steps"), horizon_);
  gaps_ = named(new QComboBox, "forecast.gaps", tr("Missing values"));
  gaps_->addItem(tr("refused"), QStringLiteral("refuse"));
  gaps_->addItem(tr("interpolated"), QStringLiteral("interpolate"));
  gaps_->addItem(tr("zero"), QStringLiteral("zero"));
  gaps_->addItem(tr("told to the model"), QStringLiteral("mask"));
  form->addRow(tr("Gaps"), gaps_);
  standardize_ = named(new QCheckBox(tr("Standardise")), "forecast.standardize",
                       tr("Less their mean, by their deviation, before the model sees them"));
  standardize_->setToolTip(standardize_->accessibleName());
  scalingRows_ = named(new QSpinBox, "forecast.scalingRows",
                       tr("Rows from the first that tell mean and deviation"));
  scalingRows_->setRange(0, kMostRows);
  scalingRows_->setSpecialValueText(tr("by all rows before the origin"));
  scalingRows_->setPrefix(tr("by the first "));
  scalingRows_->setSuffix(tr(" rows"));
  scalingRows_->setKeyboardTracking(false);
  form->addRow(standardize_);
  form->addRow(scalingRows_);
  draws_ = named(new QCheckBox(tr("Show drawn futures")), "forecast.draws",
                 tr("Show the futures that a model drew"));
  form->addRow(draws_);
  more_ = named(new QLineEdit, "forecast.more", tr("More options of the task, as JSON"));
  more_->setPlaceholderText(tr("More options, as JSON"));
  more_->setToolTip(tr("As of orrery-cli run, such as {\"covariates\": [\"holiday\"]}"));
  form->addRow(more_);
  side.addLayout(form);
}

QWidget* ForecastPanel::makeSide() {
  auto* side = new QWidget;
  side->setFixedWidth(kSideWidth);
  auto* layout = new QVBoxLayout(side);
  layout->setContentsMargins(0, 0, 4, 0);
  layout->setSpacing(6);
  addFileTo(*layout);
  addColumnsTo(*layout);
  layout->addSpacing(4);
  addModelsTo(*layout);
  layout->addSpacing(4);
  addOptionsTo(*layout);
  return side;
}

QWidget* ForecastPanel::makeSeriesPage() {
  auto* page = new QWidget;
  auto* layout = new QVBoxLayout(page);
  layout->setContentsMargins(0, 0, 0, 0);
  layout->setSpacing(2);
  plot_ = named(new ForecastPlot(*source_, *models_), "forecast.plot",
                tr("Series and forecasts; Shift with arrows moves the origin"));
  layout->addWidget(plot_, 1);
  auto* row = new QHBoxLayout;
  pointed_ = named(makeLabel({}, "small"), "forecast.pointed", tr("Values under the pointer"));
  pointed_->setText(pointedHint());
  pointed_->setSizePolicy(QSizePolicy::Ignored, QSizePolicy::Preferred);
  row->addWidget(pointed_, 1);
  auto* all = makeTool(tr("All"), "forecast.showAll", tr("Show all rows (0)"));
  auto* origin = makeTool(tr("Origin"), "forecast.showOrigin", tr("Show the origin (O)"));
  auto* end = makeTool(tr("End"), "forecast.originToEnd", tr("Forecast from the end (Shift+End)"));
  for (QToolButton* button : {all, origin, end}) row->addWidget(button);
  connect(all, &QToolButton::clicked, this,
          [this] { plot_->showRange(0, static_cast<double>(2 * source_->rows())); });
  connect(origin, &QToolButton::clicked, plot_, &ForecastPlot::showOrigin);
  connect(end, &QToolButton::clicked, this, [this] {
    plot_->moveOrigin(source_->rows());
    plot_->showOrigin();
  });
  layout->addLayout(row);
  return page;
}

QWidget* ForecastPanel::makePages() {
  QBoxLayout* layout = nullptr;
  auto* card = makeCard(layout);
  pages_ = new QStackedWidget;
  pages_->addWidget(makeSeriesPage());
  backtest_ = new BacktestPage(*models_);
  pages_->addWidget(backtest_);
  table_ = new TablePage;
  pages_->addWidget(table_);
  layout->addWidget(pages_);
  return card;
}

}  // namespace orrery::ui
