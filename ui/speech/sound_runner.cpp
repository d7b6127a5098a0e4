#include "ui/speech/sound_runner.h"

#include <utility>

#include "core/base/error.h"
#include "core/protocol/lifecycle.h"
#include "ui/engine/engine_pool.h"
#include "ui/jobs/jobs_model.h"

namespace orrery::ui {

SoundRunner::SoundRunner(Services& services, QObject* parent)
    : QObject(parent), services_(services) {
  connect(&services_.engines.jobs(), &JobsModel::cancelAsked, this, [this](qint64 job) {
    if (busy() && job == job_) stop();
  });
}

void SoundRunner::run(const QString& title, const QString& model, Question question) {
  stop();
  busy_ = true;
  const int turn = ++turn_;
  job_ = services_.engines.jobs().begin(title, model);
  services_.engines.files().request<protocol::SoundModelParams>(
      {model.toStdString()}, this,
      [this, turn, model, question = std::move(question)](const protocol::SoundModelResult& facts) {
        if (turn != turn_ || !busy_) return;
        try {
          ask(model, question(facts));
        } catch (const Error& error) {
          fail(QString::fromUtf8(error.what()));
        }
      },
      [this, turn](const EngineError& error) {
        if (turn == turn_ && busy_) fail(error.message);
      });
  emit busyChanged();
}

void SoundRunner::ask(const QString& model, const protocol::RunPipelineParams& params) {
  EngineProcess& engine = services_.engines.engine(model).process();
  if (engine_ != &engine) {
    if (engine_) disconnect(engine_, nullptr, this, nullptr);
    connect(&engine, &EngineProcess::notified, this, &SoundRunner::onNotified);
  }
  engine_ = &engine;
  const int turn = turn_;
  request_ = engine.request<protocol::RunPipelineParams>(
      params, this,
      [this, turn](const protocol::RunPipelineResult& result) {
        if (turn != turn_ || !busy_) return;
        services_.engines.jobs().finish(job_);
        end();
        emit done(result);
      },
      [this, turn](const EngineError& error) {
        if (turn == turn_ && busy_) fail(error.message);
      });
  services_.engines.jobs().attach(job_, engine, request_);
}

void SoundRunner::onNotified(const QString& method, const Json& params) {
  if (request_ == 0 || params.value("request", Json()) != Json(request_)) return;
  if (method == QLatin1String(protocol::PipelinePartial::kMethod))
    emit heard(params.value("partial", Json::object()));
  if (method != QLatin1String(protocol::ProgressParams::kMethod)) return;
  const double total = params.value("total", 0.0);
  emit progressed(total > 0 ? params.value("done", 0.0) / total : -1);
}

void SoundRunner::stop() {
  if (!busy_) return;
  if (engine_ && request_ != 0) engine_->cancel(request_);
  services_.engines.jobs().markCancelled(job_);
  end();
}

void SoundRunner::fail(const QString& reason) {
  services_.engines.jobs().fail(job_, reason);
  end();
  emit failed(reason);
}

void SoundRunner::end() {
  request_ = 0;  // what still comes is of no interest
  busy_ = false;
  emit busyChanged();
}

}  // namespace orrery::ui
