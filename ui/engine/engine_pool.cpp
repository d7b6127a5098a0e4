#include "ui/engine/engine_pool.h"

#include <QCoreApplication>
#include <QFileInfo>
#include <QStandardPaths>

#include "ui/engine/model_name.h"
#include "ui/jobs/jobs_model.h"

namespace orrery::ui {

ModelEngine::ModelEngine(QString model, QString program, QStringList arguments, JobsModel& jobs)
    : model_(std::move(model)), jobs_(jobs), process_(std::move(program), std::move(arguments)) {
  connect(&process_, &EngineProcess::stateChanged, this, &ModelEngine::onProcessState);
}

void ModelEngine::load() {
  if (state_ == State::kLoading || state_ == State::kReady) return;
  setState(State::kLoading);
  protocol::LoadModelParams params;
  params.path = model_.toStdString();
  const QString title = tr("Load %1").arg(shortModelName(model_));
  const qint64 job = jobs_.begin(title, {});
  const qint64 id = process_.request<protocol::LoadModelParams>(
      params, this,
      [this, job](const protocol::ModelInfo& info) {
        info_ = info;
        jobs_.finish(job);
        setState(State::kReady);
      },
      [this, job](const EngineError& error) {
        if (error.cancelled())
          jobs_.markCancelled(job);
        else
          jobs_.fail(job, error.message);
        setState(State::kFailed, error.cancelled() ? tr("Loading was cancelled.") : error.message);
      });
  jobs_.attach(job, process_, id);
}

void ModelEngine::whenReady(QObject* context, std::function<void()> ready,
                            std::function<void(const QString&)> failed) {
  load();
  if (state_ == State::kReady) return ready();
  waiting_.push_back({context, std::move(ready), std::move(failed)});
}

void ModelEngine::onProcessState() {
  switch (process_.state()) {
    case EngineProcess::State::kDied:
      setState(State::kFailed, process_.reasonOfDeath());
      break;
    case EngineProcess::State::kStopped:
      setState(State::kIdle);
      break;
    case EngineProcess::State::kStarting:
    case EngineProcess::State::kReady:
      break;
  }
}

void ModelEngine::setState(State state, const QString& problem) {
  if (state == state_ && problem == problem_) return;
  state_ = state;
  problem_ = problem;
  emit stateChanged();
  if (state == State::kLoading) return;
  for (const Waiting& waiting : std::exchange(waiting_, {})) {
    if (!waiting.context) continue;
    if (state == State::kReady)
      waiting.ready();
    else
      waiting.failed(problem);
  }
}

EnginePool::EnginePool(QString program, QStringList arguments, JobsModel& jobs, QObject* parent)
    : QObject(parent),
      program_(std::move(program)),
      arguments_(std::move(arguments)),
      jobs_(jobs),
      files_(std::make_unique<EngineProcess>(program_, arguments_)) {}

ModelEngine& EnginePool::engine(const QString& model) {
  auto& slot = engines_[model];
  if (!slot) {
    slot = std::make_shared<ModelEngine>(model, program_, arguments_, jobs_);
    for (auto at = variables_.cbegin(); at != variables_.cend(); ++at)
      slot->process().setVariable(at.key(), at.value());
    connect(slot.get(), &ModelEngine::stateChanged, this, &EnginePool::enginesChanged);
  }
  return *slot;
}

void EnginePool::setVariable(const QString& name, const QString& value) {
  variables_.insert(name, value);
  files_->setVariable(name, value);
  for (const auto& engine : engines_) engine->process().setVariable(name, value);
}

void EnginePool::release(const QString& model) {
  const auto found = engines_.constFind(model);
  if (found != engines_.constEnd()) found.value()->process().stop();
}

QList<ModelEngine*> EnginePool::engines() const {
  QList<ModelEngine*> result;
  for (const auto& engine : engines_) result.append(engine.get());
  return result;
}

QString findEngineProgram() {
  const QString fromEnvironment = qEnvironmentVariable("ORRERY_CLI");
  if (!fromEnvironment.isEmpty()) return fromEnvironment;
  const QFileInfo beside(QCoreApplication::applicationDirPath() + QStringLiteral("/orrery-cli"));
  if (beside.isExecutable()) return beside.filePath();
  const QString inPath = QStandardPaths::findExecutable(QStringLiteral("orrery-cli"));
  return inPath.isEmpty() ? beside.filePath() : inPath;
}

}  // namespace orrery::ui
