#include "ui/forecast/forecast_runner.h"

#include <utility>

#include "core/protocol/lifecycle.h"
#include "core/protocol/pipeline.h"
#include "ui/engine/engine_pool.h"
#include "ui/jobs/jobs_model.h"

namespace orrery::ui {
namespace {

// A question that takes longer gives way to a newer one; a shorter one is worth its answer, so that
// the picture follows a hand that does not rest.
constexpr qint64 kPatienceMilliseconds = 200;

}  // namespace

ForecastRunner::ForecastRunner(Services& services, QString model, QObject* parent)
    : QObject(parent), services_(services), model_(std::move(model)) {
  connect(&services_.engines.jobs(), &JobsModel::cancelAsked, this, [this](qint64 job) {
    if (busy() && job == job_) stop();
  });
}

ForecastRunner::~ForecastRunner() {
  stop();
}

void ForecastRunner::ask(const ForecastQuestion& question) {
  if (!busy()) return send(question);
  next_ = question;
  if (since_.elapsed() > kPatienceMilliseconds && engine_) engine_->cancel(request_);
}

void ForecastRunner::send(const ForecastQuestion& question) {
  EngineProcess& engine = services_.engines.engine(model_).process();
  protocol::RunPipelineParams params{.task = "time-series-forecasting",
                                     .path = model_.toStdString()};
  params.input = {{"series", question.file.toStdString()}};
  params.options = question.options;
  const auto request = std::make_shared<qint64>(0);
  *request = engine.request<protocol::RunPipelineParams>(
      params, this,
      [this, request](const protocol::RunPipelineResult& result) {
        receive(*request, result.result, result.arrayContent, result.runSeconds);
      },
      [this, request](const EngineError& error) { fail(*request, error); });
  if (engine_ != &engine) {
    if (engine_) disconnect(engine_, nullptr, this, nullptr);
    connect(&engine, &EngineProcess::notified, this, &ForecastRunner::onNotified);
  }
  engine_ = &engine;
  request_ = *request;
  since_.start();
  job_ = 0;
  if (!question.title.isEmpty()) {
    job_ = services_.engines.jobs().begin(question.title, model_);
    services_.engines.jobs().attach(job_, engine, request_);
  }
  emit busyChanged();
}

void ForecastRunner::receive(qint64 request, const Json& document,
                             const std::shared_ptr<const protocol::Arrays>& arrays,
                             double seconds) {
  if (request != request_) return;
  ForecastResult result;
  try {
    result = readForecast(document, arrays);
  } catch (const Error& error) {
    return fail(request, {QStringLiteral("protocol"), QString::fromUtf8(error.what())});
  }
  result.seconds = seconds;
  request_ = 0;
  if (job_ != 0) services_.engines.jobs().finish(job_);
  sendNext();
  emit found(result);
}

void ForecastRunner::fail(qint64 request, const EngineError& error) {
  if (request != request_) return;
  request_ = 0;
  if (job_ != 0 && error.cancelled()) services_.engines.jobs().markCancelled(job_);
  if (job_ != 0 && !error.cancelled()) services_.engines.jobs().fail(job_, error.message);
  if (engine_ && engine_->state() == EngineProcess::State::kDied)
    next_.reset();  // an engine that ended is not started again unasked
  sendNext();
  if (!error.cancelled()) emit failed(error.message);
}

void ForecastRunner::sendNext() {
  if (const auto next = std::exchange(next_, std::nullopt)) return send(*next);
  emit busyChanged();
}

void ForecastRunner::stop() {
  next_.reset();
  if (!busy()) return;
  if (engine_) engine_->cancel(request_);
  request_ = 0;  // its answer is not waited for
  if (job_ != 0) services_.engines.jobs().markCancelled(job_);
  emit busyChanged();
}

void ForecastRunner::onNotified(const QString& method, const Json& params) {
  if (method != QLatin1String(protocol::ProgressParams::kMethod)) return;
  if (!busy() || params.value("request", Json()) != Json(request_)) return;
  const double total = params.value("total", 0.0);
  emit progressed(total > 0 ? params.value("done", 0.0) / total : -1);
}

}  // namespace orrery::ui
