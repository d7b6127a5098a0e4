#pragma once

#include <QObject>
#include <QPointer>

#include "core/protocol/pipeline.h"
#include "ui/engine/engine_process.h"
#include "ui/shell/services.h"
#include "ui/vision/vision_state.h"

namespace orrery::ui {

/// What to ask for the state's task on a picture: boxes with low scores too, so that a slider can
/// filter them without running again.
protocol::RunPipelineParams pipelineParams(const VisionState& state, const std::string& picture);

/// Asks the engine of a model about a picture. One question at a time: of prompts the last counts.
/// Knows no widgets; the engine's death leaves all results where they are.
class VisionRunner : public QObject {
  Q_OBJECT

 public:
  explicit VisionRunner(Services& services, QObject* parent = nullptr);

  /// Runs the state's task on its picture, or asks what its prompt means.
  void run(const VisionState& state);
  void stop();
  bool busy() const { return request_ != 0; }

 signals:
  void busyChanged();
  void found(const orrery::ui::VisionResult& result);
  void failed(const QString& reason);  ///< one line
  /// How far the engine is, 0 to 1; below 0 while it cannot tell.
  void progressed(double part);

 private slots:
  void onNotified(const QString& method, const orrery::Json& params);

 private:
  void runTask(const VisionState& state);
  void segment(const VisionState& state);
  void begin(const VisionState& state, EngineProcess& engine, qint64 request);
  bool end(qint64 request);
  void fail(qint64 request, const EngineError& error);
  void receive(qint64 request, const QString& task, const Json& document,
               const std::shared_ptr<const protocol::Arrays>& arrays, double load, double run);

  Services& services_;
  QPointer<EngineProcess> engine_;
  qint64 request_ = 0;  ///< 0: nothing runs
  qint64 job_ = 0;
  QString model_;
  QString picture_;
};

}  // namespace orrery::ui
