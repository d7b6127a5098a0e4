#pragma once

#include <QObject>
#include <QPointer>

#include "core/base/json.h"
#include "ui/engine/engine_process.h"
#include "ui/shell/services.h"

namespace orrery::ui {

/// What a recording is recognised with.
struct SpeechQuestion {
  QString model;
  QString file;
  QString language;        ///< empty: the model finds it out
  bool translate = false;  ///< into English
};

/// Has the engine of a model write down recordings, one at a time. Knows no widgets.
class SpeechRunner : public QObject {
  Q_OBJECT

 public:
  explicit SpeechRunner(Services& services, QObject* parent = nullptr);

  void run(const SpeechQuestion& question);
  void stop();
  bool busy() const { return request_ != 0; }

 signals:
  void busyChanged();
  void heard(const orrery::Json& partial);  ///< of a notification pipeline/partial
  void done(const orrery::Json& result);
  void failed(const QString& reason);  ///< one line
  /// How far the engine is, 0 to 1; below 0 while it cannot tell.
  void progressed(double part);

 private slots:
  void onNotified(const QString& method, const orrery::Json& params);

 private:
  void end();

  Services& services_;
  QPointer<EngineProcess> engine_;
  qint64 request_ = 0;  ///< 0: nothing runs
  qint64 job_ = 0;
};

}  // namespace orrery::ui
