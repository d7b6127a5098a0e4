#pragma once

#include <QElapsedTimer>
#include <QHash>
#include <QPointer>
#include <QProcess>
#include <functional>
#include <memory>

#include "core/protocol/arrays.h"
#include "core/protocol/fields.h"
#include "core/protocol/framer.h"

namespace orrery::ui {

/// Why a request failed. `kind` is a name of errorKindName().
struct EngineError {
  QString kind;
  QString message;
  bool cancelled() const { return kind == QLatin1String("cancelled"); }
};

/// One `orrery-cli engine` and the conversation with it. All calls and callbacks are on the GUI
/// thread; nothing blocks. Destroying it ends the process.
///
///     engine.request<protocol::TokenizeParams>(params, this,
///         [this](const protocol::TokenizeResult& r) { … }, [this](const EngineError& e) { … });
class EngineProcess : public QObject {
  Q_OBJECT

 public:
  enum class State { kStopped, kStarting, kReady, kDied };

  /// `program` is orrery-cli, or another program that serves the protocol, with its arguments.
  EngineProcess(QString program, QStringList arguments, QObject* parent = nullptr);
  ~EngineProcess() override;

  /// Sets a variable of the environment of processes that start from now on.
  void setVariable(const QString& name, const QString& value);

  /// Starts the process, again if it died; what was asked before is not asked again.
  void start();
  void stop();

  State state() const { return state_; }
  qint64 processId() const { return process_.processId(); }
  /// Why the last process ended unasked, as one line for a person; empty if none did.
  QString reasonOfDeath() const { return reason_; }

  /// Asks; starts the process if needed. Exactly one of the callbacks is called later, unless
  /// `context` is destroyed before. Returns an id for cancel() and the signals.
  template <class Params>
  qint64 request(const Params& params, QObject* context,
                 std::function<void(const typename Params::Result&)> done,
                 std::function<void(const EngineError&)> failed);

  void cancel(qint64 id);
  /// Whether a request has no answer yet.
  bool hasPending() const { return !pending_.isEmpty(); }

 signals:
  void stateChanged();
  /// A notification of the engine: method and parameters.
  void notified(const QString& method, const orrery::Json& params);

 private:
  struct Pending {
    QPointer<QObject> context;
    std::function<void(const Json&, const std::shared_ptr<const protocol::Arrays>&)> done;
    std::function<void(const EngineError&)> failed;
  };

  qint64 send(const char* method, Json params, Pending pending);
  void write(const Json& message);
  void readFrames();
  void handle(const Json& message);
  void finish(const Json& message);
  void onFinished(int code, QProcess::ExitStatus status);
  void die(const QString& reason);
  void setState(State state);

  QString program_;
  QStringList arguments_;
  QProcess process_;
  std::unique_ptr<protocol::Framer> framer_;
  protocol::ArrayInbox inbox_;
  State state_ = State::kStopped;
  QString reason_;
  QByteArray lastErrorLine_;
  QHash<qint64, Pending> pending_;
  QList<QByteArray> waiting_;  ///< requests made before the version exchange has ended
  qint64 nextId_ = 1;
};

/// What ended an engine, in words: the signal and what it usually means, or the exit code and the
/// last line that it wrote. `memoryGone` says that the system was out of memory at that time.
QString describeEnd(int code, QProcess::ExitStatus status, const QByteArray& lastLine,
                    bool memoryGone);

template <class Params>
qint64 EngineProcess::request(const Params& params, QObject* context,
                              std::function<void(const typename Params::Result&)> done,
                              std::function<void(const EngineError&)> failed) {
  Pending pending{context, {}, failed};
  pending.done = [done = std::move(done), failed = std::move(failed)](
                     const Json& result, const std::shared_ptr<const protocol::Arrays>& arrays) {
    typename Params::Result value;
    try {
      value = protocol::readMessage<typename Params::Result>(result, Params::kMethod);
    } catch (const Error& error) {
      failed({QStringLiteral("protocol"), QString::fromUtf8(error.what())});
      return;
    }
    protocol::attachArrays(value, arrays);
    done(value);
  };
  return send(Params::kMethod, protocol::toJson(params), std::move(pending));
}

}  // namespace orrery::ui
