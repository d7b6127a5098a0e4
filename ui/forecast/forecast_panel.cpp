#include "ui/forecast/forecast_panel.h"

#include <QButtonGroup>
#include <QCheckBox>
#include <QComboBox>
#include <QFileInfo>
#include <QLabel>
#include <QLineEdit>
#include <QListWidget>
#include <QProgressBar>
#include <QPushButton>
#include <QSettings>
#include <QSignalBlocker>
#include <QSpinBox>
#include <QStackedWidget>
#include <QVBoxLayout>
#include <algorithm>
#include <utility>

#include "core/base/error.h"
#include "core/protocol/fields.h"
#include "ui/forecast/backtest_page.h"
#include "ui/forecast/forecast_plot.h"
#include "ui/forecast/table_page.h"
#include "ui/library/library_model.h"
#include "ui/library/model_picker.h"
#include "ui/widgets/notice_bar.h"
#include "ui/widgets/widgets.h"

namespace orrery::ui {
namespace {

constexpr int kSaveMilliseconds = 400;
constexpr auto kStateKey = "forecast/state";
constexpr std::string_view kModelTypes[] = {"autoformer", "informer", "patchtsmixer",
                                            "patchtst",   "timesfm",  "time_series_transformer"};

QString fileOf(const std::string& path) {
  return QString::fromStdString(path);
}

}  // namespace

bool forecastsSeries(const protocol::ModelEntry& model) {
  return std::ranges::find(kModelTypes, model.modelType) != std::end(kModelTypes);
}

ForecastPanel::ForecastPanel(Services& services, QWidget* parent)
    : Panel(parent),
      services_(services),
      source_(new SeriesSource(services, this)),
      models_(new ForecastModels(services, this)) {
  ofKind(this, "page");
  setAcceptDrops(true);
  auto* layout = new QVBoxLayout(this);
  layout->setContentsMargins(24, 20, 24, 16);
  layout->setSpacing(12);
  layout->addWidget(makeHeader());
  layout->addWidget(notice_ = new NoticeBar("forecast.problem"));
  again_ = notice_->addButton(tr("Start again"), "forecast.restart");
  auto* body = new QWidget;
  auto* row = new QHBoxLayout(body);
  row->setContentsMargins(0, 0, 0, 0);
  row->setSpacing(12);
  row->addWidget(makeSide());
  row->addWidget(makePages(), 1);
  stack_ = new QStackedWidget;
  stack_->addWidget(makeEmpty());
  stack_->addWidget(body);
  layout->addWidget(stack_, 1);
  saving_.setSingleShot(true);
  saving_.setInterval(kSaveMilliseconds);
  connect(&saving_, &QTimer::timeout, this, &ForecastPanel::saveNow);
  connectParts();
  connectSource();
  connectModels();
  connectOptions();
  load();
}

ForecastPanel::~ForecastPanel() {
  if (saving_.isActive()) saveNow();
}

void ForecastPanel::connectParts() {
  connect(picker_, &ModelPicker::modelChosen, this, &ForecastPanel::addModel);
  connect(run_, &QPushButton::clicked, this, [this] { models_->working() ? stop() : run(); });
  connect(again_, &QPushButton::clicked, this, &ForecastPanel::run);
  connect(export_, &QPushButton::clicked, this, &ForecastPanel::exportSeen);
  connect(views_, &QButtonGroup::idClicked, this,
          [this](int view) { showView(static_cast<View>(view)); });
  connect(plot_, &ForecastPlot::originMoved, this, &ForecastPanel::onOriginMoved);
  connect(plot_, &ForecastPlot::rangeChanged, source_, &SeriesSource::lookAt);
  connect(plot_, &ForecastPlot::pointed, this, [this](const QString& text) {
    pointed_->setText(text.isEmpty() ? pointedHint() : text);
  });
  connect(backtest_, &BacktestPage::runAsked, this, &ForecastPanel::runBacktest);
  connect(backtest_, &BacktestPage::settingsChanged, this, [this] {
    backtest_->takeInto(state_);
    save();
  });
  connect(table_, &TablePage::settingsChosen, this, &ForecastPanel::reopen);
}

void ForecastPanel::connectSource() {
  connect(source_, &SeriesSource::previewed, this, &ForecastPanel::onPreviewed);
  connect(source_, &SeriesSource::opened, this, &ForecastPanel::onOpened);
  connect(source_, &SeriesSource::valuesChanged, plot_, &ForecastPlot::redraw);
  connect(source_, &SeriesSource::busyChanged, this, &ForecastPanel::updateActions);
  connect(source_, &SeriesSource::progressed, this, &ForecastPanel::showProgress);
  connect(source_, &SeriesSource::failed, this, [this](const QString& reason) {
    later_ = Later::kNothing;
    if (!source_->table()) table_->showUnread(state_.settings);
    facts_->clear();
    showProblem(reason, false);
  });
}

void ForecastPanel::connectModels() {
  connect(models_, &ForecastModels::progressed, this, &ForecastPanel::showProgress);
  connect(models_, &ForecastModels::busyChanged, this, &ForecastPanel::updateActions);
  connect(models_, &ForecastModels::forecastsChanged, this, &ForecastPanel::onForecasts);
  connect(models_, &ForecastModels::scoresChanged, this, [this] {
    backtest_->showScores();
    updateActions();
  });
  connect(models_, &ForecastModels::failed, this,
          [this](const QString& reason) { showProblem(reason, true); });
  connect(models_, &ForecastModels::listChanged, this, [this] {
    state_.models.clear();
    for (const QString& model : models_->models()) state_.models.push_back(model.toStdString());
    save();
    updateActions();
  });
}

void ForecastPanel::showProgress(double part) {
  progress_->setRange(0, part < 0 ? 0 : 1000);
  progress_->setValue(static_cast<int>(1000 * part));
}

void ForecastPanel::connectOptions() {
  connect(columns_, &QListWidget::itemChanged, this, &ForecastPanel::onColumnsChanged);
  connect(columns_, &QListWidget::itemSelectionChanged, this, &ForecastPanel::onShownChanged);
  connect(horizon_, &QSpinBox::valueChanged, this, &ForecastPanel::onOptionsChanged);
  connect(gaps_, &QComboBox::activated, this, &ForecastPanel::onOptionsChanged);
  connect(standardize_, &QCheckBox::toggled, this, &ForecastPanel::onOptionsChanged);
  connect(scalingRows_, &QSpinBox::valueChanged, this, &ForecastPanel::onOptionsChanged);
  connect(draws_, &QCheckBox::toggled, this, &ForecastPanel::onOptionsChanged);
  connect(more_, &QLineEdit::editingFinished, this, &ForecastPanel::onOptionsChanged);
}

void ForecastPanel::onOptionsChanged() {
  const ForecastState before = state_;
  state_.horizon = horizon_->value();
  state_.gaps = gaps_->currentData().toString().toStdString();
  state_.standardize = standardize_->isChecked();
  state_.scalingRows = scalingRows_->value();
  state_.draws = draws_->isChecked();
  state_.more = more_->text().toStdString();
  scalingRows_->setVisible(state_.standardize);
  if (protocol::toJson(before) == protocol::toJson(state_)) return;
  save();
  followOrigin();
}

void ForecastPanel::showOptions() {
  const QSignalBlocker quiet[] = {QSignalBlocker(horizon_), QSignalBlocker(standardize_),
                                  QSignalBlocker(scalingRows_), QSignalBlocker(draws_)};
  horizon_->setValue(state_.horizon);
  gaps_->setCurrentIndex(std::max(0, gaps_->findData(QString::fromStdString(state_.gaps))));
  standardize_->setChecked(state_.standardize);
  scalingRows_->setValue(state_.scalingRows);
  scalingRows_->setVisible(state_.standardize);
  draws_->setChecked(state_.draws);
  more_->setText(QString::fromStdString(state_.more));
  backtest_->setState(state_);
}

// The only model of the list gives way; a comparison is added to.
void ForecastPanel::setModel(const QString& model) {
  if (models_->rowCount() == 1 && models_->models().front() != model) models_->removeAt(0);
  addModel(model);
}

void ForecastPanel::addModel(const QString& model) {
  if (model.isEmpty()) return;
  const auto* entry = services_.library.find(model);
  models_->add(entry ? QString::fromStdString(entry->path) : model);
  picker_->setModel({});
}

bool ForecastPanel::busy() const {
  return source_->busy() || models_->busy() || later_ != Later::kNothing;
}

void ForecastPanel::focusMain() {
  QWidget* first = plot_;
  if (stack_->currentIndex() == 0)
    first = findChild<QPushButton*>(QStringLiteral("forecast.openFirst"));
  first->setFocus(Qt::OtherFocusReason);
}

void ForecastPanel::showView(View view) {
  views_->button(view)->setChecked(true);
  pages_->setCurrentIndex(view);
  state_.page = view;
  save();
  updateActions();
}

void ForecastPanel::showProblem(const QString& problem, bool again) {
  notice_->tell(problem);
  again_->setVisible(again);
  updateActions();
}

void ForecastPanel::updateActions() {
  const bool working = models_->working();
  const bool ready = source_->rows() > 0 && models_->rowCount() > 0 && !state_.columns.empty();
  const bool backtests = pages_->currentIndex() == kBacktest;
  run_->setText(working ? tr("Stop") : tr("Run"));
  run_->setAccessibleName(run_->text());
  run_->setEnabled(working || ready);
  again_->setEnabled(!working);
  backtest_->setRunnable(ready, working);
  bool scored = false;
  for (int i = 0; i < models_->rowCount(); ++i) scored = scored || models_->item(i).scores;
  export_->setEnabled(backtests ? scored : source_->rows() > 0);
  progress_->setVisible(working || source_->busy());
}

QString ForecastPanel::pointedHint() {
  return tr("Drag the line, or press Shift with arrows, to move the origin; the wheel zooms.");
}

// Keeping

void ForecastPanel::save() {
  saving_.start();
}

void ForecastPanel::saveNow() {
  saving_.stop();
  services_.settings.setValue(QString::fromLatin1(kStateKey),
                              QString::fromStdString(protocol::toJson(state_).dump()));
}

void ForecastPanel::load() {
  const QString text = services_.settings.value(QString::fromLatin1(kStateKey)).toString();
  try {
    const Json json = text.isEmpty() ? Json::object() : parseJson(text.toStdString(), "settings");
    protocol::fromJson(JsonField(json, kStateKey), state_);
    if (!state_.settings.is_object()) state_.settings = Json::object();
  } catch (const Error&) {
    state_ = {};  // what cannot be read begins anew
  }
  const auto models = state_.models;
  for (const std::string& model : models) models_->add(QString::fromStdString(model));
  showOptions();
  showView(static_cast<View>(std::clamp<int>(state_.page, kSeries, kTable)));
  if (QFileInfo::exists(fileOf(state_.file)))
    reopen(state_.settings);
  else
    state_.file.clear();
  updateActions();
}

}  // namespace orrery::ui
