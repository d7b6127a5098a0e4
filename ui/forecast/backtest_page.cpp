#include "ui/forecast/backtest_page.h"

#include <qcustomplot.h>

#include <QCheckBox>
#include <QComboBox>
#include <QHeaderView>
#include <QLabel>
#include <QPushButton>
#include <QSignalBlocker>
#include <QSpinBox>
#include <QSplitter>
#include <QTableWidget>
#include <QVBoxLayout>
#include <algorithm>
#include <map>
#include <set>

#include "ui/plots/plot_style.h"
#include "ui/shell/theme.h"
#include "ui/widgets/widgets.h"

namespace orrery::ui {
namespace {

constexpr int kMostWindows = 10000;
constexpr double kPictureScale = 2;
// The order in which scores are read; others, the coverages, come behind.
constexpr const char* kFirst[] = {"mse", "mae", "mase", "pinball", "crps"};

struct ScoredRow {
  QString name;
  QColor color;
  const ForecastScores* scores;
  Qt::PenStyle line = Qt::SolidLine;
};

// Each model that has scores, then seasonal-naive, which is the same for all of one setting.
std::vector<ScoredRow> scoredRows(const ForecastModels& models) {
  std::vector<ScoredRow> rows;
  const BacktestResult* last = nullptr;
  for (int i = 0; i < models.rowCount(); ++i) {
    const ForecastModelItem& item = models.item(i);
    if (!item.scores) continue;
    rows.push_back({item.name(), theme().series(item.color), &item.scores->model});
    last = &*item.scores;
  }
  if (last)
    rows.push_back({BacktestPage::tr("Seasonal-naive"), theme().muted, &last->naive, Qt::DashLine});
  return rows;
}

std::vector<std::string> columnsOf(const std::vector<ScoredRow>& rows) {
  std::set<std::string> names;
  for (const ScoredRow& row : rows)
    for (const auto& [name, value] : row.scores->values) names.insert(name);
  std::vector<std::string> columns;
  for (const char* name : kFirst)
    if (names.erase(name) > 0) columns.emplace_back(name);
  columns.insert(columns.end(), names.rbegin(), names.rend());
  return columns;
}

QString titleOf(const std::string& name) {
  const QString text = QString::fromStdString(name);
  if (text.startsWith(QLatin1String("coverage_")))
    return BacktestPage::tr("Within %1 %").arg(text.mid(9).toDouble() * 100);
  if (text == QLatin1String("pinball")) return BacktestPage::tr("Pinball");
  return text.toUpper();
}

QString valueText(const std::string& name, double value) {
  if (name.rfind("coverage_", 0) == 0) return QStringLiteral("%1 %").arg(100 * value, 0, 'f', 1);
  return QString::number(value, 'g', 5);
}

}  // namespace

BacktestPage::BacktestPage(const ForecastModels& models, QWidget* parent)
    : QWidget(parent), models_(models) {
  auto* layout = new QVBoxLayout(this);
  layout->setContentsMargins(0, 0, 0, 0);
  layout->setSpacing(8);
  layout->addWidget(makeControls());
  told_ = makeLabel({}, "muted");
  layout->addWidget(told_);
  auto* splitter = new QSplitter(Qt::Vertical);
  splitter->setChildrenCollapsible(false);
  plot_ = named(new QCustomPlot, "forecast.errors", tr("Error of each step ahead"));
  plot_->setMinimumHeight(160);
  plot_->xAxis->setLabel(tr("steps ahead"));
  table_ = named(new QTableWidget, "forecast.scores", tr("Scores"));
  table_->setEditTriggers(QAbstractItemView::NoEditTriggers);
  table_->setSelectionBehavior(QAbstractItemView::SelectRows);
  table_->setTabKeyNavigation(false);
  table_->verticalHeader()->hide();
  splitter->addWidget(plot_);
  splitter->addWidget(table_);
  splitter->setSizes({420, 180});
  splitter->setStretchFactor(0, 1);
  layout->addWidget(splitter, 1);
  showScores();
}

QSpinBox* BacktestPage::addCount(QLayout& row, const char* objectName, const QString& label,
                                 const QString& none) {
  auto* box = named(new QSpinBox, objectName, label);
  box->setRange(none.isEmpty() ? 1 : 0, kMostWindows);
  box->setSpecialValueText(none);
  row.addWidget(makeLabel(label, "muted"));
  row.addWidget(box);
  connect(box, &QSpinBox::valueChanged, this, &BacktestPage::settingsChanged);
  return box;
}

QWidget* BacktestPage::makeControls() {
  auto* controls = new QWidget;
  auto* row = new QHBoxLayout(controls);
  row->setContentsMargins(0, 0, 0, 0);
  row->setSpacing(8);
  windows_ = addCount(*row, "forecast.windows", tr("Origins"), {});
  stride_ = addCount(*row, "forecast.stride", tr("apart by"), tr("the horizon"));
  season_ = addCount(*row, "forecast.season", tr("Season"), tr("by the step"));
  scaled_ = named(new QCheckBox(tr("Scores as scaled")), "forecast.scaledScores",
                  tr("Score standardised values, as papers do"));
  scaled_->setToolTip(scaled_->accessibleName());
  row->addWidget(scaled_);
  row->addStretch(1);
  measure_ = named(new QComboBox, "forecast.measure", tr("Error that is drawn"));
  measure_->addItems({tr("MAE"), tr("MSE")});
  row->addWidget(measure_);
  run_ = makeButton(tr("Backtest"), "forecast.backtest");
  row->addWidget(run_);
  connect(scaled_, &QCheckBox::toggled, this, &BacktestPage::settingsChanged);
  connect(measure_, &QComboBox::currentIndexChanged, this, &BacktestPage::showCurves);
  connect(run_, &QPushButton::clicked, this, &BacktestPage::runAsked);
  return controls;
}

void BacktestPage::setState(const ForecastState& state) {
  const QSignalBlocker quiet(this);
  windows_->setValue(state.windows);
  stride_->setValue(state.stride);
  season_->setValue(state.season);
  scaled_->setChecked(state.scaledScores);
}

void BacktestPage::takeInto(ForecastState& state) const {
  state.windows = windows_->value();
  state.stride = stride_->value();
  state.season = season_->value();
  state.scaledScores = scaled_->isChecked();
}

void BacktestPage::setRunnable(bool runnable, bool busy) {
  run_->setEnabled(runnable && !busy);
}

void BacktestPage::showScores() {
  showCurves();
  showTable();
  told_->setText(
      tr("Forecasts from origins before the end of the table are scored against what "
         "came, beside the value of one season before."));
  for (int i = 0; i < models_.rowCount(); ++i)
    if (const auto& scores = models_.item(i).scores)
      told_->setText(tr("%1 origins, %2 rows apart; the season is %3 rows.")
                         .arg(scores->windows)
                         .arg(scores->stride)
                         .arg(scores->season));
}

void BacktestPage::showCurves() {
  PlotStyle::apply(*plot_);
  plot_->clearGraphs();
  double highest = 0;
  std::size_t steps = 1;
  for (const ScoredRow& row : scoredRows(models_)) {
    const auto& values =
        measure_->currentIndex() == 0 ? row.scores->maeByStep : row.scores->mseByStep;
    QCPGraph* graph = plot_->addGraph();
    graph->setPen(QPen(row.color, 1.8, row.line));
    for (std::size_t i = 0; i < values.size(); ++i) {
      graph->addData(static_cast<double>(i) + 1, values[i]);
      highest = std::max(highest, values[i]);
    }
    steps = std::max(steps, values.size());
  }
  plot_->xAxis->setRange(1, std::max<double>(2, static_cast<double>(steps)));
  plot_->yAxis->setRange(0, highest > 0 ? 1.08 * highest : 1);
  plot_->yAxis->setLabel(measure_->currentIndex() == 0 ? tr("MAE") : tr("MSE"));
  plot_->replot();
}

void BacktestPage::showTable() {
  const auto rows = scoredRows(models_);
  const auto columns = columnsOf(rows);
  table_->clear();
  table_->setRowCount(static_cast<int>(rows.size()));
  table_->setColumnCount(static_cast<int>(columns.size()) + 1);
  QStringList titles{tr("Model")};
  for (const std::string& name : columns) titles += titleOf(name);
  table_->setHorizontalHeaderLabels(titles);
  for (int r = 0; r < table_->rowCount(); ++r) {
    const ScoredRow& row = rows[static_cast<std::size_t>(r)];
    auto* name = new QTableWidgetItem(row.name);
    QPixmap swatch(12, 12);
    swatch.fill(row.color);
    name->setIcon(QIcon(swatch));
    table_->setItem(r, 0, name);
    for (int c = 1; c < table_->columnCount(); ++c) {
      const std::string& column = columns[static_cast<std::size_t>(c - 1)];
      const auto value = row.scores->values.find(column);
      auto* cell = new QTableWidgetItem(
          value == row.scores->values.end() ? QString() : valueText(column, value->second));
      cell->setTextAlignment(Qt::AlignRight | Qt::AlignVCenter);
      table_->setItem(r, c, cell);
      table_->horizontalHeaderItem(c)->setTextAlignment(Qt::AlignRight | Qt::AlignVCenter);
    }
  }
  table_->horizontalHeaderItem(0)->setTextAlignment(Qt::AlignLeft | Qt::AlignVCenter);
  table_->resizeColumnsToContents();
  table_->horizontalHeader()->setSectionResizeMode(0, QHeaderView::Stretch);
}

QPixmap BacktestPage::picture() const {
  return plot_->toPixmap(plot_->width(), plot_->height(), kPictureScale);
}

QByteArray BacktestPage::document() const {
  const auto rows = scoredRows(models_);
  const auto columns = columnsOf(rows);
  QByteArray csv = "model";
  for (const std::string& column : columns) csv += ',' + QByteArray::fromStdString(column);
  for (const ScoredRow& row : rows) {
    QString name = row.name;
    csv += "\n\"" + name.replace(QLatin1Char('"'), QLatin1String("\"\"")).toUtf8() + '"';
    for (const std::string& column : columns) {
      const auto value = row.scores->values.find(column);
      csv += ',';
      if (value != row.scores->values.end()) csv += QByteArray::number(value->second, 'g', 9);
    }
  }
  return csv + '\n';
}

void BacktestPage::changeEvent(QEvent* event) {
  if (event->type() == QEvent::PaletteChange) showScores();
  QWidget::changeEvent(event);
}

}  // namespace orrery::ui
