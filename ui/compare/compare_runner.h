#pragma once

#include <QElapsedTimer>
#include <QObject>
#include <QPointer>
#include <vector>

#include "ui/compare/compare_state.h"
#include "ui/engine/engine_process.h"
#include "ui/shell/services.h"

namespace orrery::ui {

class ModelEngine;

/// Runs a comparison: asks the engines, fills the state. Columns of one model share its engine.
/// Knows no widgets.
class CompareRunner : public QObject {
  Q_OBJECT

 public:
  explicit CompareRunner(Services& services, QObject* parent = nullptr);

  CompareState& state() { return state_; }
  const CompareState& state() const { return state_; }

  /// Forgets the old results and starts every column.
  void run();
  void stop();
  /// Starts one column again, its engine too if that died.
  void runColumn(std::size_t column);
  bool busy() const;
  /// Takes a column away; what it ran is stopped.
  void removeColumn(std::size_t column);

 signals:
  void columnChanged(int column);
  void busyChanged();

 private:
  struct Run {
    QPointer<EngineProcess> engine;
    qint64 request = 0;
    qint64 job = 0;
    QElapsedTimer decoding;  ///< since the first token
  };

  void listen(EngineProcess& engine);
  void ask(qint64 job, ModelEngine& engine);
  void fail(qint64 job, const EngineError& error);
  int columnOfJob(qint64 job) const;  ///< the running column, wherever it has moved; -1 if none
  void onNotified(const QString& method, const Json& params);
  void onDone(std::size_t column, const protocol::GenerateResult& result);
  void finish(std::size_t column, const QString& reason, const QString& error);
  int columnOf(const EngineProcess* engine, qint64 request) const;

  Services& services_;
  CompareState state_;
  std::vector<Run> runs_;
};

}  // namespace orrery::ui
