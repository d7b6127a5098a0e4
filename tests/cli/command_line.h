#pragma once

#include <QByteArray>
#include <QElapsedTimer>
#include <QProcess>
#include <QStringList>

#if defined(__has_feature)
constexpr bool kSanitized = __has_feature(address_sanitizer);
#else
constexpr bool kSanitized = false;
#endif

/// One run of orrery-cli.
struct CommandResult {
  int code = -1;  ///< -1: it crashed or was killed
  QByteArray out, error;
  qint64 milliseconds = 0;
};

/// Runs orrery-cli with `arguments`; `prefix` runs it through the shell with a limit before
/// ("ulimit -f 1").
inline CommandResult runCli(const QStringList& arguments, const QString& prefix = {}) {
  QProcess process;
  QElapsedTimer timer;
  timer.start();
  const QString cli = qEnvironmentVariable("ORRERY_CLI");
  if (prefix.isEmpty())
    process.start(cli, arguments);
  else
    process.start("/bin/sh", QStringList{"-c", prefix + "; exec \"$@\"", "sh", cli} + arguments);
  CommandResult result;
  if (!process.waitForFinished(60'000)) {
    process.kill();
    process.waitForFinished();
    return result;
  }
  result.milliseconds = timer.elapsed();
  if (process.exitStatus() == QProcess::NormalExit) result.code = process.exitCode();
  result.out = process.readAllStandardOutput();
  result.error = process.readAllStandardError();
  return result;
}
