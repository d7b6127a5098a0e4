#pragma once

#include <QObject>
#include <QPointer>
#include <QTimer>

#include "core/base/progress.h"
#include "core/protocol/train.h"
#include "ui/engine/engine_process.h"
#include "ui/shell/services.h"

namespace orrery::ui {

/// Has an engine of its own train, one run at a time. Knows no widgets.
class TrainRunner : public QObject {
  Q_OBJECT

 public:
  enum class State { kIdle, kRunning, kPaused, kStopping };

  explicit TrainRunner(Services& services, QObject* parent = nullptr);

  /// Begins; `settings` name their output_dir.
  void start(const Json& settings);
  /// Lets it rest after its step, or go on; a rest begins with a checkpoint.
  void setPaused(bool paused);
  /// Ends it with a checkpoint; stopped() comes when that is written.
  void stop();
  State state() const { return state_; }
  bool busy() const { return state_ != State::kIdle; }
  QString folder() const { return folder_; }  ///< of the last run

 signals:
  void stateChanged();
  void told(const orrery::Json& line);  ///< a line of metrics
  void progressed(const orrery::Progress& progress);
  void finished(const orrery::Json& figures);
  void stopped();
  void failed(const QString& reason);  ///< one line

 private:
  void onNotified(const QString& method, const Json& params);
  void onFailed(const EngineError& error);
  void end();

  Services& services_;
  QPointer<EngineProcess> engine_;
  State state_ = State::kIdle;
  QString folder_;
  qint64 request_ = 0;
  qint64 job_ = 0;
  QTimer release_;  ///< an engine that has nothing to do gives its memory back
};

/// Has another engine say what a run will take; the newest question only.
class TrainMeasurer : public QObject {
  Q_OBJECT

 public:
  explicit TrainMeasurer(Services& services, QObject* parent = nullptr);

  void measure(const Json& settings);
  void cancel();
  bool busy() const { return request_ != 0; }

 signals:
  void busyChanged();
  void measured(const orrery::protocol::MeasureTrainingResult& result);
  void failed(const QString& reason);

 private:
  Services& services_;
  qint64 request_ = 0;
  QTimer release_;
};

}  // namespace orrery::ui
