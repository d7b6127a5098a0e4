#pragma once

#include <QElapsedTimer>
#include <QObject>
#include <QPointer>
#include <optional>

#include "ui/engine/engine_process.h"
#include "ui/forecast/forecast_result.h"
#include "ui/shell/services.h"

namespace orrery::ui {

/// One question to a model.
struct ForecastQuestion {
  QString file;
  Json options = Json::object();
  QString title;  ///< of its job; empty: an origin on the move, which is no job
};

/// Asks one model, one question at a time: of those that come meanwhile the newest has its turn.
/// Knows no widgets.
class ForecastRunner : public QObject {
  Q_OBJECT

 public:
  ForecastRunner(Services& services, QString model, QObject* parent = nullptr);
  ~ForecastRunner() override;

  void ask(const ForecastQuestion& question);
  void stop();
  bool busy() const { return request_ != 0; }
  /// Whether it works on a job, not on an origin that moves.
  bool working() const { return busy() && job_ != 0; }
  QString model() const { return model_; }

 signals:
  void busyChanged();
  void found(const orrery::ui::ForecastResult& result);
  void failed(const QString& reason);  ///< one line
  void progressed(double part);        ///< 0 to 1; below 0 while it cannot be told

 private slots:
  void onNotified(const QString& method, const orrery::Json& params);

 private:
  void send(const ForecastQuestion& question);
  void receive(qint64 request, const Json& document,
               const std::shared_ptr<const protocol::Arrays>& arrays, double seconds);
  void fail(qint64 request, const EngineError& error);
  void sendNext();

  Services& services_;
  QString model_;
  QPointer<EngineProcess> engine_;
  qint64 request_ = 0;  ///< 0: none
  qint64 job_ = 0;      ///< 0: the question is none
  QElapsedTimer since_;
  std::optional<ForecastQuestion> next_;
};

}  // namespace orrery::ui
