#include "ui/speech/speech_runner.h"

#include <QFileInfo>

#include "core/protocol/lifecycle.h"
#include "core/protocol/pipeline.h"
#include "ui/engine/engine_pool.h"
#include "ui/jobs/jobs_model.h"

namespace orrery::ui {
namespace {

protocol::RunPipelineParams paramsOf(const SpeechQuestion& question) {
  protocol::RunPipelineParams params{.task = "automatic-speech-recognition",
                                     .path = question.model.toStdString()};
  params.input = {{"audio", question.file.toStdString()}};
  params.options = {{"return_timestamps", "word"}};
  if (!question.language.trimmed().isEmpty())
    params.options["language"] = question.language.trimmed().toStdString();
  if (question.translate) params.options["task"] = "translate";
  return params;
}

}  // namespace

SpeechRunner::SpeechRunner(Services& services, QObject* parent)
    : QObject(parent), services_(services) {
  connect(&services_.engines.jobs(), &JobsModel::cancelAsked, this, [this](qint64 job) {
    if (busy() && job == job_) stop();
  });
}

void SpeechRunner::run(const SpeechQuestion& question) {
  stop();
  EngineProcess& engine = services_.engines.engine(question.model).process();
  const auto request = std::make_shared<qint64>(0);
  *request = engine.request<protocol::RunPipelineParams>(
      paramsOf(question), this,
      [this, request](const protocol::RunPipelineResult& result) {
        if (*request != request_) return;
        services_.engines.jobs().finish(job_);
        end();
        emit done(result.result);
      },
      [this, request](const EngineError& error) {
        if (*request != request_) return;
        services_.engines.jobs().fail(job_, error.message);
        end();
        emit failed(error.message);
      });
  if (engine_ != &engine) {
    if (engine_) disconnect(engine_, nullptr, this, nullptr);
    connect(&engine, &EngineProcess::notified, this, &SpeechRunner::onNotified);
  }
  engine_ = &engine;
  request_ = *request;
  job_ = services_.engines.jobs().begin(tr("Recognise %1").arg(QFileInfo(question.file).fileName()),
                                        question.model);
  services_.engines.jobs().attach(job_, engine, request_);
  emit busyChanged();
}

void SpeechRunner::onNotified(const QString& method, const Json& params) {
  if (!busy() || params.value("request", Json()) != Json(request_)) return;
  if (method == QLatin1String(protocol::PipelinePartial::kMethod))
    emit heard(params.value("partial", Json::object()));
  if (method != QLatin1String(protocol::ProgressParams::kMethod)) return;
  const double total = params.value("total", 0.0);
  emit progressed(total > 0 ? params.value("done", 0.0) / total : -1);
}

void SpeechRunner::stop() {
  if (!busy()) return;
  if (engine_) engine_->cancel(request_);
  services_.engines.jobs().markCancelled(job_);
  end();
}

void SpeechRunner::end() {
  request_ = 0;  // what still comes is of no interest
  emit busyChanged();
}

}  // namespace orrery::ui
