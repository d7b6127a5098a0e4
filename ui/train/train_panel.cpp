#include "ui/train/train_panel.h"

#include <QEventLoop>
#include <QFileDialog>
#include <QFileInfo>
#include <QLabel>
#include <QProgressBar>
#include <QPushButton>
#include <QSettings>
#include <QTableView>

#include "core/base/error.h"
#include "core/base/file.h"
#include "core/base/progress.h"
#include "ui/train/needs_view.h"
#include "ui/train/train_form.h"
#include "ui/train/train_runner.h"
#include "ui/widgets/notice_bar.h"
#include "ui/widgets/widgets.h"

namespace orrery::ui {
namespace {

constexpr auto kFormKey = "train/form";
constexpr int kRestMilliseconds = 1200;
constexpr int kSaveMilliseconds = 500;
constexpr int kCloseMilliseconds = 60000;

bool isSettingsName(const QString& name) {
  return name.endsWith(QLatin1String(".json"), Qt::CaseInsensitive);
}

TrainDocument keptForm(const QSettings& settings) {
  const std::string text = settings.value(kFormKey).toString().toStdString();
  const OrderedJson json = OrderedJson::parse(text, nullptr, false);
  return json.is_object() ? TrainDocument(json) : TrainDocument::standard();
}

/// "test mse 0.38 (seasonal-naive 0.5) · test mae 0.4 (…)".
QString figuresText(const Json& figures) {
  const auto figure = [&](const std::string& name) {
    return figures.contains(name) && figures[name].is_number()
               ? QString::number(figures[name].get<double>(), 'g', 4)
               : QString();
  };
  QStringList parts;
  for (const char* name : {"mse", "mae"}) {
    const QString value = figure(std::string("test_") + name);
    const QString naive = figure(std::string("test_naive_") + name);
    if (value.isEmpty()) continue;
    parts += TrainPanel::tr("test %1 %2").arg(QLatin1String(name), value);
    if (!naive.isEmpty()) parts.back() += TrainPanel::tr(" (seasonal-naive %1)").arg(naive);
  }
  return parts.join(QStringLiteral(" \u00B7 "));
}

}  // namespace

TrainPanel::TrainPanel(Services& services, QWidget* parent)
    : Panel(parent),
      services_(services),
      runner_(new TrainRunner(services, this)),
      measurer_(new TrainMeasurer(services, this)) {
  ofKind(this, "page");
  makeParts();
  rest_.setSingleShot(true);
  rest_.setInterval(kRestMilliseconds);
  save_.setSingleShot(true);
  save_.setInterval(kSaveMilliseconds);
  form_->setDocument(keptForm(services.settings));
  connectParts();
  updateActions();
}

void TrainPanel::setModel(const QString& model) {
  form_->startFrom(model);
}

bool TrainPanel::takesFile(const QString& name) const {
  return isSettingsName(name);
}

void TrainPanel::openFile(const QString& file) {
  if (!isSettingsName(file))
    return form_->set("train_file", QFileInfo(file).absoluteFilePath().toStdString());
  try {
    form_->setDocument(TrainDocument::fromFile(file));
    showProblem({});
  } catch (const Error& error) {
    showProblem(QString::fromUtf8(error.what()));
  }
}

void TrainPanel::focusMain() {
  form_->focusFirst();
}

void TrainPanel::onFormChanged() {
  needs_->setStale();
  measurer_->cancel();
  save_.start();
  if (form_->document().text("train_file").isEmpty())
    rest_.stop();
  else
    rest_.start();
  updateActions();
}

void TrainPanel::measure() {
  rest_.stop();
  if (runner_->busy()) return;  // its steps would slow down those of the run
  measurer_->measure(settingsToRun());
  needs_->setMeasuring(true);
}

void TrainPanel::run() {
  if (runner_->state() == TrainRunner::State::kPaused) return pauseOrGoOn();
  if (runner_->busy()) return;
  start(settingsToRun());
}

void TrainPanel::start(const Json& settings) {
  rest_.stop();
  measurer_->cancel();
  showProblem({});
  progress_->setRange(0, 0);
  state_->setText(tr("Reading the data\u2026"));
  runner_->start(settings);
  keepFolder(runner_->folder());
  const RunEntry* before =
      runs_.rowOf(runner_->folder()) < 0 ? nullptr : &runs_.entry(runs_.rowOf(runner_->folder()));
  QString type = before ? before->modelType : QString();
  if (type.isEmpty() && settings.contains("config") && settings["config"].is_object())
    type = QString::fromStdString(settings["config"].value("model_type", ""));
  runs_.begin(runner_->folder(), settings, type);
  chooseRun(runner_->folder());
}

void TrainPanel::stop() {
  runner_->stop();
}

bool TrainPanel::busy() const {
  return runner_->busy() || measurer_->busy() || waiting_ || rest_.isActive();
}

void TrainPanel::pauseOrGoOn() {
  const bool paused = runner_->state() == TrainRunner::State::kPaused;
  runner_->setPaused(!paused);
  if (!runner_->busy()) return;
  runs_.setState(runner_->folder(), paused ? RunEntry::State::kRunning : RunEntry::State::kPaused);
}

void TrainPanel::onProgress(const Progress& progress) {
  if (progress.total <= 0) return;
  runs_.setStep(runner_->folder(), static_cast<qint64>(progress.done));
  progress_->setRange(0, 1000);
  progress_->setValue(static_cast<int>(1000 * progress.done / progress.total));
  QStringList parts{tr("step %1 of %2").arg(progress.done).arg(progress.total)};
  if (progress.rate > 0) parts += tr("%1 steps/s").arg(progress.rate, 0, 'g', 3);
  if (progress.secondsLeft) parts += tr("%1 left").arg(formatDuration(*progress.secondsLeft));
  state_->setText(parts.join(QStringLiteral(" \u00B7 ")));
}

void TrainPanel::onFinished(const Json& figures) {
  runs_.setState(runner_->folder(), RunEntry::State::kFinished);
  const QString text = figuresText(figures);
  state_->setText(text.isEmpty() ? tr("Finished") : tr("Finished: %1").arg(text));
  progress_->setRange(0, 1000);
  progress_->setValue(1000);
  findRuns();
}

void TrainPanel::onStopped() {
  runs_.setState(runner_->folder(), RunEntry::State::kStopped);
  state_->setText(tr("Stopped; it can go on from its last step"));
  findRuns();
}

// The curves stay, and what has been saved can be gone on with.
void TrainPanel::onFailed(const QString& reason) {
  const int row = runs_.rowOf(runner_->folder());
  const bool began = row >= 0 && runs_.entry(row).step > 0;
  if (began)
    runs_.setState(runner_->folder(), RunEntry::State::kFailed, reason);
  else
    runs_.remove(runner_->folder());
  showProblem(reason);
  goOnNow_->setVisible(began);
  state_->setText(tr("Failed"));
  progress_->setRange(0, 1000);
  findRuns();
}

void TrainPanel::showProblem(const QString& problem) {
  notice_->tell(problem);
  goOnNow_->hide();
}

void TrainPanel::askForSettings() {
  const QString file = QFileDialog::getOpenFileName(this, tr("Open settings"), {},
                                                    tr("Settings (*.json);;All files (*)"));
  if (!file.isEmpty()) openFile(file);
}

void TrainPanel::saveSettings() {
  const QString file = QFileDialog::getSaveFileName(
      this, tr("Save settings"), QStringLiteral("train.json"), tr("Settings (*.json)"));
  if (file.isEmpty()) return;
  try {
    writeSettings(file);
  } catch (const Error& error) {
    emit failed(QString::fromUtf8(error.what()));
  }
}

void TrainPanel::writeSettings(const QString& path) {
  writeFileAtomically(path.toStdString(), form_->document().toFile().toStdString());
}

// The data stay: they are what a person brought.
void TrainPanel::useStandardSettings() {
  TrainDocument document = TrainDocument::standard(form_->document().start());
  for (const char* kept : {"train_file", "table", "value_columns", "covariates",
                           "static_categorical_features", "static_real_features", "output_dir"})
    document.set(kept, form_->document().value(kept));
  form_->setDocument(document);
}

void TrainPanel::finishBeforeClosing() {
  if (save_.isActive())
    services_.settings.setValue(kFormKey, QString::fromUtf8(form_->document().toFile()));
  if (!runner_->busy()) return;
  window()->hide();
  QEventLoop wait;
  connect(runner_, &TrainRunner::stateChanged, &wait, [this, &wait] {
    if (!runner_->busy()) wait.quit();
  });
  QTimer::singleShot(kCloseMilliseconds, &wait, &QEventLoop::quit);
  runner_->stop();
  wait.exec();
}

void TrainPanel::updateActions() {
  using State = TrainRunner::State;
  const State state = runner_->state();
  const bool runs = runner_->busy();
  start_->setText(!runs                       ? tr("Start")
                  : state == State::kStopping ? tr("Stopping\u2026")
                                              : tr("Stop"));
  start_->setAccessibleName(start_->text());
  start_->setToolTip(runs ? tr("End the run with a checkpoint") : tr("Start (Ctrl+Return)"));
  start_->setEnabled(state != State::kStopping);
  pause_->setVisible(runs);
  pause_->setText(state == State::kPaused ? tr("Go on") : tr("Pause"));
  pause_->setAccessibleName(pause_->text());
  pause_->setEnabled(state != State::kStopping);
  measure_->setEnabled(!runs && !measurer_->busy());
  progressRow_->setVisible(runs || !state_->text().isEmpty());
  const RunEntry* run = chosenRun();
  const bool enabled[] = {run && run->canGoOn() && !runs, run && !run->settings.empty(),
                          chosenRows().size() == 2, run && !run->model().isEmpty()};
  for (std::size_t i = 0; i < runActions_.size(); ++i) runActions_[i]->setEnabled(enabled[i]);
  goOnNow_->setEnabled(!runs);
}

}  // namespace orrery::ui
