#include "ui/engine/engine_process.h"

#include <QFile>

#include <unistd.h>

#include <csignal>
#include <cstring>

#include "core/protocol/lifecycle.h"

namespace orrery::ui {
namespace {

constexpr int kStopMilliseconds = 300;
constexpr int kEngineNiceness = 5;

// How often the kernel has killed a process for memory since the machine (or container) started.
qint64 outOfMemoryKills() {
  QFile file(QStringLiteral("/proc/vmstat"));
  if (!file.open(QIODevice::ReadOnly)) return 0;
  for (const QByteArray& line : file.readAll().split('\n'))
    if (line.startsWith("oom_kill ")) return line.mid(9).toLongLong();
  return 0;
}

qint64& killsSeen() {
  static qint64 seen = outOfMemoryKills();
  return seen;
}

QString errorMessage(const Json& error) {
  const auto text = error.find("message");
  return text != error.end() && text->is_string() ? QString::fromStdString(text->get<std::string>())
                                                  : QStringLiteral("the engine gave no reason");
}

QString errorKind(const Json& error) {
  const auto data = error.find("data");
  if (data == error.end() || !data->is_object()) return QStringLiteral("internal");
  const auto kind = data->find("kind");
  return kind != data->end() && kind->is_string() ? QString::fromStdString(kind->get<std::string>())
                                                  : QStringLiteral("internal");
}

}  // namespace

QString describeEnd(int code, QProcess::ExitStatus status, const QByteArray& lastLine,
                    bool memoryGone) {
  if (status == QProcess::CrashExit) {
    if (memoryGone)
      return EngineProcess::tr("The system ran out of memory and ended the engine (signal 9).");
    if (code == SIGKILL)
      return EngineProcess::tr(
          "The engine was killed (signal 9) by another program or for want of memory.");
    return EngineProcess::tr("The engine crashed: %1 (signal %2).")
        .arg(QString::fromLocal8Bit(strsignal(code)))
        .arg(code);
  }
  if (lastLine.isEmpty()) return EngineProcess::tr("The engine ended with code %1.").arg(code);
  return EngineProcess::tr("The engine ended with code %1: %2")
      .arg(code)
      .arg(QString::fromUtf8(lastLine));
}

EngineProcess::EngineProcess(QString program, QStringList arguments, QObject* parent)
    : QObject(parent), program_(std::move(program)), arguments_(std::move(arguments)) {
  killsSeen();
  process_.setProcessChannelMode(QProcess::SeparateChannels);
  process_.setChildProcessModifier([] {  // the window stays quick while engines compute
    [[maybe_unused]] const int priority = nice(kEngineNiceness);
  });
  connect(&process_, &QProcess::readyReadStandardOutput, this, &EngineProcess::readFrames);
  connect(&process_, &QProcess::readyReadStandardError, this, [this] {
    for (const QByteArray& line : process_.readAllStandardError().split('\n'))
      if (!line.trimmed().isEmpty()) lastErrorLine_ = line.trimmed().left(300);
  });
  connect(&process_, &QProcess::finished, this, &EngineProcess::onFinished);
  connect(&process_, &QProcess::errorOccurred, this, [this](QProcess::ProcessError error) {
    if (error == QProcess::FailedToStart)
      die(tr("%1 could not be started: %2").arg(program_, process_.errorString()));
  });
}

EngineProcess::~EngineProcess() {
  disconnect(&process_, nullptr, this, nullptr);
  if (process_.state() == QProcess::NotRunning) return;
  process_.closeWriteChannel();  // the engine ends when its standard input does
  if (!process_.waitForFinished(kStopMilliseconds)) {
    process_.kill();
    process_.waitForFinished(kStopMilliseconds);
  }
}

void EngineProcess::setVariable(const QString& name, const QString& value) {
  QProcessEnvironment environment = process_.processEnvironment();
  if (environment.isEmpty()) environment = QProcessEnvironment::systemEnvironment();
  environment.insert(name, value);
  process_.setProcessEnvironment(environment);
}

void EngineProcess::start() {
  if (state_ == State::kStarting || state_ == State::kReady) return;
  if (process_.state() != QProcess::NotRunning) {  // one that was stopped and has not ended yet
    process_.kill();
    process_.waitForFinished(kStopMilliseconds);
  }
  framer_ = std::make_unique<protocol::Framer>();
  reason_.clear();
  lastErrorLine_.clear();
  setState(State::kStarting);
  process_.start(program_, arguments_);
  protocol::InitializeParams hello;
  hello.client = "orrery window";
  const Pending pending{this,
                        [this](const Json&, const std::shared_ptr<const protocol::Arrays>&) {
                          setState(State::kReady);
                          for (const QByteArray& bytes : std::exchange(waiting_, {}))
                            process_.write(bytes);
                        },
                        [this](const EngineError& error) {
                          if (state_ == State::kDied) return;
                          die(error.message);
                          process_.kill();
                        }};
  const qint64 id = nextId_++;
  pending_.insert(id, pending);
  write({{"jsonrpc", "2.0"},
         {"id", id},
         {"method", protocol::InitializeParams::kMethod},
         {"params", protocol::toJson(hello)}});
}

void EngineProcess::stop() {
  if (process_.state() == QProcess::NotRunning) return;
  setState(State::kStopped);
  process_.closeWriteChannel();
}

qint64 EngineProcess::send(const char* method, Json params, Pending pending) {
  if (state_ == State::kStopped || state_ == State::kDied) start();
  const qint64 id = nextId_++;
  pending_.insert(id, std::move(pending));
  write({{"jsonrpc", "2.0"}, {"id", id}, {"method", method}, {"params", std::move(params)}});
  return id;
}

void EngineProcess::write(const Json& message) {
  const bool greeting = message.value("method", "") == protocol::InitializeParams::kMethod;
  // Invalid UTF-8 cannot come from a QString, but may from a file name.
  const std::string text = message.dump(-1, ' ', false, Json::error_handler_t::replace);
  const QByteArray bytes = QByteArray::fromStdString(protocol::encode({.content = text}));
  if (state_ == State::kReady || greeting)
    process_.write(bytes);
  else
    waiting_.append(bytes);
}

void EngineProcess::cancel(qint64 id) {
  if (!pending_.contains(id)) return;
  protocol::CancelParams params;
  params.id = id;
  write({{"jsonrpc", "2.0"},
         {"method", protocol::CancelParams::kMethod},
         {"params", protocol::toJson(params)}});
}

void EngineProcess::readFrames() {
  const QByteArray bytes = process_.readAllStandardOutput();
  try {
    framer_->append({bytes.constData(), static_cast<std::size_t>(bytes.size())});
    while (auto frame = framer_->next()) {
      if (frame->isMessage())
        handle(parseJson(frame->content, "engine"));
      else
        inbox_.keep(std::move(*frame));
    }
  } catch (const Error& error) {
    die(tr("The engine broke the protocol: %1").arg(QString::fromUtf8(error.what())));
    process_.kill();
  }
}

void EngineProcess::handle(const Json& message) {
  if (!message.is_object()) return;
  const auto method = message.find("method");
  if (method != message.end() && method->is_string()) {
    const auto params = message.find("params");
    emit notified(QString::fromStdString(method->get<std::string>()),
                  params != message.end() ? *params : Json::object());
  } else {
    finish(message);
  }
}

void EngineProcess::finish(const Json& message) {
  const auto id = message.find("id");
  if (id == message.end() || !id->is_number_integer()) return;
  const Json result = message.contains("result") ? message.at("result") : Json::object();
  const auto arrays = inbox_.take(id->get<qint64>(), result);
  const Pending pending = pending_.take(id->get<qint64>());
  if (!pending.context) return;
  const auto error = message.find("error");
  if (error != message.end() && error->is_object())
    pending.failed({errorKind(*error), errorMessage(*error)});
  else
    pending.done(result, arrays);
}

void EngineProcess::onFinished(int code, QProcess::ExitStatus status) {
  const qint64 kills = outOfMemoryKills();
  const bool memoryGone = status == QProcess::CrashExit && code == SIGKILL && kills > killsSeen();
  killsSeen() = kills;
  if (state_ == State::kDied) return;
  if (state_ == State::kStopped)
    die({});
  else
    die(describeEnd(code, status, lastErrorLine_, memoryGone));
}

void EngineProcess::die(const QString& reason) {
  reason_ = reason;
  waiting_.clear();
  inbox_.clear();
  const auto pending = std::exchange(pending_, {});
  setState(reason.isEmpty() ? State::kStopped : State::kDied);
  for (const Pending& p : pending)
    if (p.context) p.failed({QStringLiteral("protocol"), reason});
}

void EngineProcess::setState(State state) {
  if (state == state_) return;
  state_ = state;
  emit stateChanged();
}

}  // namespace orrery::ui
