#pragma once

#include <QObject>
#include <QPointer>
#include <functional>

#include "core/protocol/pipeline.h"
#include "core/protocol/sound.h"
#include "ui/engine/engine_process.h"
#include "ui/shell/services.h"

namespace orrery::ui {

/// Has the engine of a model do a task of sounds, one at a time. Knows no widgets.
class SoundRunner : public QObject {
  Q_OBJECT

 public:
  /// What the model is asked, given what it does with sounds; throws an Error of one sentence if it
  /// cannot do what is wanted.
  using Question =
      std::function<protocol::RunPipelineParams(const protocol::SoundModelResult& model)>;

  explicit SoundRunner(Services& services, QObject* parent = nullptr);

  /// `title` names the job. What ran before is stopped.
  void run(const QString& title, const QString& model, Question question);
  void stop();
  bool busy() const { return busy_; }

 signals:
  void busyChanged();
  void heard(const orrery::Json& partial);  ///< of a notification pipeline/partial
  void done(const orrery::protocol::RunPipelineResult& result);
  void failed(const QString& reason);  ///< one line
  /// How far the engine is, 0 to 1; below 0 while it cannot tell.
  void progressed(double part);

 private slots:
  void onNotified(const QString& method, const orrery::Json& params);

 private:
  void ask(const QString& model, const protocol::RunPipelineParams& params);
  void fail(const QString& reason);
  void end();

  Services& services_;
  QPointer<EngineProcess> engine_;
  bool busy_ = false;
  int turn_ = 0;        ///< counts runs: what an earlier one asked is of no interest
  qint64 request_ = 0;  ///< 0: none is answered by the model's engine
  qint64 job_ = 0;
};

}  // namespace orrery::ui
