#pragma once

#include <QByteArray>
#include <QFile>
#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <QProcess>
#include <QTemporaryDir>
#include <stdexcept>

/// The stand-in hub (tests/hub/server) as a process that ends with this object. Scenario and
/// commands are those of its Python sources; what goes wrong is a std::runtime_error.
class StandIn {
 public:
  explicit StandIn(const QJsonObject& scenario) {
    QFile file(folder_.filePath("scenario.json"));
    if (!file.open(QIODevice::WriteOnly)) throw std::runtime_error("stand-in hub: no scenario");
    file.write(QJsonDocument(scenario).toJson());
    file.close();
    process_.setProcessChannelMode(QProcess::ForwardedErrorChannel);
    process_.start(ORRERY_ORACLE_PYTHON,
                   {"-B", ORRERY_SOURCE_DIR "/tests/hub/server", file.fileName()});
    origins_ = line().object();
  }
  ~StandIn() {
    process_.closeWriteChannel();
    process_.waitForFinished(10'000);
  }
  StandIn(const StandIn&) = delete;
  StandIn& operator=(const StandIn&) = delete;

  /// http://host:port of "hub", "cdn" or "other".
  QString address(const QString& listener = "hub") const {
    return origins_.value(listener).toString();
  }

  /// One command of hub.Hub.control and its answer.
  QJsonValue control(const QString& command, QJsonObject arguments = {}) {
    arguments.insert("do", command);
    process_.write(QJsonDocument(arguments).toJson(QJsonDocument::Compact) + '\n');
    const QJsonObject answer = line().object();
    if (!answer.contains("ok"))
      throw std::runtime_error(answer.value("error").toString().toStdString());
    return answer.value("ok");
  }

  /// Injects these faults from now on, in the place of those before.
  void setFaults(const QJsonArray& faults) { control("faults", {{"faults", faults}}); }

  /// Requests since the start or the last clear(): "on", "method", "target", "headers", "status",
  /// "sent" (bytes of the body).
  QJsonArray requests() { return control("requests").toArray(); }
  void clear() { control("clear"); }

  /// Bytes of bodies sent since the last clear().
  double bytesSent() {
    double sum = 0;
    const QJsonArray all = requests();
    for (const QJsonValue& request : all) sum += request.toObject().value("sent").toDouble();
    return sum;
  }

  /// Whether `secret` reached any address but the hub's own.
  bool leaked(const QByteArray& secret) {
    const QJsonArray all = requests();
    for (const QJsonValue& request : all)
      if (request.toObject().value("on").toString() != "hub" &&
          QJsonDocument(request.toObject()).toJson().contains(secret))
        return true;
    return false;
  }

 private:
  QJsonDocument line() {
    while (!process_.canReadLine())
      if (!process_.waitForReadyRead(60'000)) throw std::runtime_error("stand-in hub: no answer");
    return QJsonDocument::fromJson(process_.readLine());
  }

  QTemporaryDir folder_;
  QProcess process_;
  QJsonObject origins_;
};
