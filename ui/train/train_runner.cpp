#include "ui/train/train_runner.h"

#include <QFileInfo>

#include "core/protocol/lifecycle.h"
#include "ui/engine/engine_pool.h"
#include "ui/jobs/jobs_model.h"

namespace orrery::ui {
namespace {

// Names of engines that load no model: no path is like them.
const QString kTrainEngine = QStringLiteral("train:run");
const QString kMeasureEngine = QStringLiteral("train:measure");
constexpr int kReleaseMilliseconds = 30000;

void releaseLater(QTimer& timer, EnginePool& engines, const QString& name) {
  timer.setSingleShot(true);
  timer.setInterval(kReleaseMilliseconds);
  QObject::connect(&timer, &QTimer::timeout, &engines, [&engines, name] { engines.release(name); });
}

Progress progressOf(const Json& params) {
  Progress progress;
  progress.done = params.value("done", 0.0);
  progress.total = params.value("total", 0.0);
  progress.rate = params.value("rate", 0.0);
  const auto left = params.find("seconds_left");
  if (left != params.end() && left->is_number()) progress.secondsLeft = left->get<double>();
  return progress;
}

}  // namespace

TrainRunner::TrainRunner(Services& services, QObject* parent)
    : QObject(parent), services_(services) {
  releaseLater(release_, services_.engines, kTrainEngine);
  connect(&services_.engines.jobs(), &JobsModel::cancelAsked, this, [this](qint64 job) {
    if (busy() && job == job_) stop();
  });
}

void TrainRunner::start(const Json& settings) {
  if (busy()) return;
  release_.stop();
  folder_ = QString::fromStdString(settings.value("output_dir", ""));
  EngineProcess& engine = services_.engines.engine(kTrainEngine).process();
  if (engine_ != &engine)
    connect(&engine, &EngineProcess::notified, this, &TrainRunner::onNotified);
  engine_ = &engine;
  request_ = engine.request<protocol::TrainParams>(
      {.settings = settings}, this,
      [this](const protocol::TrainResult& result) {
        services_.engines.jobs().finish(job_);
        end();
        emit finished(result.figures);
      },
      [this](const EngineError& error) { onFailed(error); });
  job_ = services_.engines.jobs().begin(tr("Train %1").arg(QFileInfo(folder_).fileName()), {});
  services_.engines.jobs().attach(job_, engine, request_);
  state_ = State::kRunning;
  emit stateChanged();
}

void TrainRunner::setPaused(bool paused) {
  if (state_ != State::kRunning && state_ != State::kPaused) return;
  engine_->request<protocol::SteerTrainingParams>(
      {.run = folder_.toStdString(), .paused = paused}, this, [](const protocol::Done&) {},
      [](const EngineError&) {});  // it ended just now
  state_ = paused ? State::kPaused : State::kRunning;
  emit stateChanged();
}

void TrainRunner::stop() {
  if (!busy() || state_ == State::kStopping) return;
  engine_->cancel(request_);
  state_ = State::kStopping;
  emit stateChanged();
}

void TrainRunner::onNotified(const QString& method, const Json& params) {
  if (!busy() || params.value("request", Json()) != Json(request_)) return;
  if (method == QLatin1String(protocol::TrainMetrics::kMethod))
    emit told(params.value("metrics", Json::object()));
  else if (method == QLatin1String(protocol::ProgressParams::kMethod))
    emit progressed(progressOf(params));
}

void TrainRunner::onFailed(const EngineError& error) {
  if (error.cancelled())
    services_.engines.jobs().markCancelled(job_);
  else
    services_.engines.jobs().fail(job_, error.message);
  end();
  if (error.cancelled())
    emit stopped();
  else
    emit failed(error.message);
}

void TrainRunner::end() {
  state_ = State::kIdle;
  request_ = 0;
  release_.start();
  emit stateChanged();
}

TrainMeasurer::TrainMeasurer(Services& services, QObject* parent)
    : QObject(parent), services_(services) {
  releaseLater(release_, services_.engines, kMeasureEngine);
}

void TrainMeasurer::measure(const Json& settings) {
  cancel();
  release_.stop();
  const auto request = std::make_shared<qint64>(0);
  const auto newest = [this, request] {
    if (*request != request_) return false;
    request_ = 0;
    release_.start();
    emit busyChanged();
    return true;
  };
  *request = services_.engines.engine(kMeasureEngine)
                 .process()
                 .request<protocol::MeasureTrainingParams>(
                     {.settings = settings}, this,
                     [this, newest](const protocol::MeasureTrainingResult& result) {
                       if (newest()) emit measured(result);
                     },
                     [this, newest](const EngineError& error) {
                       if (newest()) emit failed(error.message);
                     });
  request_ = *request;
  emit busyChanged();
}

void TrainMeasurer::cancel() {
  if (!busy()) return;
  services_.engines.engine(kMeasureEngine).process().cancel(request_);
  request_ = 0;  // what it still answers is of no interest
  release_.start();
  emit busyChanged();
}

}  // namespace orrery::ui
