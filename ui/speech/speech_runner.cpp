#include "ui/speech/speech_runner.h"

#include <QFileInfo>
#include <algorithm>

#include "core/base/error.h"
#include "core/protocol/lifecycle.h"
#include "core/protocol/pipeline.h"
#include "ui/engine/engine_pool.h"
#include "ui/engine/model_name.h"
#include "ui/jobs/jobs_model.h"

namespace orrery::ui {
namespace {

constexpr auto kTask = "automatic-speech-recognition";

bool holds(const std::vector<std::string>& list, const std::string& name) {
  return std::ranges::find(list, name) != list.end();
}

[[noreturn]] void refuse(const QString& sentence) {
  throw Error(ErrorKind::kUnsupported, "{}", sentence.toStdString());
}

}  // namespace

Json recognitionOptions(const SpeechQuestion& question, const protocol::SoundModelResult& model) {
  const QString name = shortModelName(question.model);
  if (model.recogniser.empty())
    refuse(SpeechRunner::tr("%1 writes down no speech. Choose a model that does, such as Whisper or "
                            "wav2vec 2.0.")
               .arg(name));
  Json options{{"return_timestamps", "word"}};
  const std::string task = question.translate ? "translate" : "transcribe";
  if (holds(model.tasks, task)) options["task"] = task;
  if (question.translate && !options.contains("task"))
    refuse(SpeechRunner::tr("%1 cannot translate.").arg(name));
  const std::string language = question.language.toStdString();
  if (!language.empty() && holds(model.languages, language)) options["language"] = language;
  return options;
}

SpeechRunner::SpeechRunner(Services& services, QObject* parent)
    : QObject(parent), services_(services) {
  connect(&services_.engines.jobs(), &JobsModel::cancelAsked, this, [this](qint64 job) {
    if (busy() && job == job_) stop();
  });
}

void SpeechRunner::run(const SpeechQuestion& question) {
  stop();
  busy_ = true;
  const int turn = ++turn_;
  job_ = services_.engines.jobs().begin(tr("Recognise %1").arg(QFileInfo(question.file).fileName()),
                                        question.model);
  services_.engines.files().request<protocol::SoundModelParams>(
      {question.model.toStdString()}, this,
      [this, turn, question](const protocol::SoundModelResult& model) {
        if (turn != turn_ || !busy_) return;
        try {
          recognise(question, recognitionOptions(question, model));
        } catch (const Error& error) {
          fail(QString::fromUtf8(error.what()));
        }
      },
      [this, turn](const EngineError& error) {
        if (turn == turn_ && busy_) fail(error.message);
      });
  emit busyChanged();
}

void SpeechRunner::recognise(const SpeechQuestion& question, const Json& options) {
  EngineProcess& engine = services_.engines.engine(question.model).process();
  const protocol::RunPipelineParams params{.task = kTask,
                                           .path = question.model.toStdString(),
                                           .input = {{"audio", question.file.toStdString()}},
                                           .options = options};
  if (engine_ != &engine) {
    if (engine_) disconnect(engine_, nullptr, this, nullptr);
    connect(&engine, &EngineProcess::notified, this, &SpeechRunner::onNotified);
  }
  engine_ = &engine;
  const int turn = turn_;
  request_ = engine.request<protocol::RunPipelineParams>(
      params, this,
      [this, turn](const protocol::RunPipelineResult& result) {
        if (turn != turn_ || !busy_) return;
        services_.engines.jobs().finish(job_);
        end();
        emit done(result.result);
      },
      [this, turn](const EngineError& error) {
        if (turn == turn_ && busy_) fail(error.message);
      });
  services_.engines.jobs().attach(job_, engine, request_);
}

void SpeechRunner::onNotified(const QString& method, const Json& params) {
  if (request_ == 0 || params.value("request", Json()) != Json(request_)) return;
  if (method == QLatin1String(protocol::PipelinePartial::kMethod))
    emit heard(params.value("partial", Json::object()));
  if (method != QLatin1String(protocol::ProgressParams::kMethod)) return;
  const double total = params.value("total", 0.0);
  emit progressed(total > 0 ? params.value("done", 0.0) / total : -1);
}

void SpeechRunner::stop() {
  if (!busy_) return;
  if (engine_ && request_ != 0) engine_->cancel(request_);
  services_.engines.jobs().markCancelled(job_);
  end();
}

void SpeechRunner::fail(const QString& reason) {
  services_.engines.jobs().fail(job_, reason);
  end();
  emit failed(reason);
}

void SpeechRunner::end() {
  request_ = 0;  // what still comes is of no interest
  busy_ = false;
  emit busyChanged();
}

}  // namespace orrery::ui
