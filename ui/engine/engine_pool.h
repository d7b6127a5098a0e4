#pragma once

#include <QHash>
#include <QObject>
#include <QPointer>
#include <functional>
#include <memory>
#include <vector>

#include "core/protocol/model.h"
#include "ui/engine/engine_process.h"

namespace orrery::ui {

class JobsModel;

/// A model in an engine of its own. It is loaded on first use, and again after its engine died.
class ModelEngine : public QObject {
  Q_OBJECT

 public:
  enum class State { kIdle, kLoading, kReady, kFailed };

  ModelEngine(QString model, QString program, QStringList arguments, JobsModel& jobs);

  /// Loads the model if it is not loaded or being loaded. Also the way to start a dead engine
  /// again.
  void load();

  /// Loads if needed and calls `ready` once the model is there, or `failed` with one line. Neither
  /// is called after `context` is destroyed; `ready` may be called at once.
  void whenReady(QObject* context, std::function<void()> ready,
                 std::function<void(const QString&)> failed);

  State state() const { return state_; }
  QString model() const { return model_; }
  QString problem() const { return problem_; }               ///< one line while kFailed
  const protocol::ModelInfo& info() const { return info_; }  ///< valid while kReady
  EngineProcess& process() { return process_; }

 signals:
  void stateChanged();

 private:
  struct Waiting {
    QPointer<QObject> context;
    std::function<void()> ready;
    std::function<void(const QString&)> failed;
  };

  void onProcessState();
  void setState(State state, const QString& problem = {});

  QString model_;
  JobsModel& jobs_;
  EngineProcess process_;
  protocol::ModelInfo info_;
  State state_ = State::kIdle;
  QString problem_;
  std::vector<Waiting> waiting_;
};

/// All engines of the window: one per model, shared by the panels that use it, and a light one that
/// loads no model and answers questions about files. Destroying the pool ends them all.
class EnginePool : public QObject {
  Q_OBJECT

 public:
  EnginePool(QString program, QStringList arguments, JobsModel& jobs, QObject* parent = nullptr);

  /// The engine of a model (its path), made at the first call. Lives until release() or the pool
  /// ends.
  ModelEngine& engine(const QString& model);
  void release(const QString& model);

  /// Sets a variable of the environment of engines that start from now on.
  void setVariable(const QString& name, const QString& value);

  EngineProcess& files() { return *files_; }
  JobsModel& jobs() { return jobs_; }
  QList<ModelEngine*> engines() const;

 signals:
  void enginesChanged();

 private:
  QString program_;
  QStringList arguments_;
  JobsModel& jobs_;
  QHash<QString, QString> variables_;
  std::unique_ptr<EngineProcess> files_;
  QHash<QString, std::shared_ptr<ModelEngine>> engines_;
};

/// Where orrery-cli is: ORRERY_CLI, else beside this program, else in PATH.
QString findEngineProgram();

}  // namespace orrery::ui
