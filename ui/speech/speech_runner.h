#pragma once

#include <QObject>
#include <QPointer>

#include "core/base/json.h"
#include "core/protocol/sound.h"
#include "ui/engine/engine_process.h"
#include "ui/shell/services.h"

namespace orrery::ui {

/// What a recording is recognised with.
struct SpeechQuestion {
  QString model;
  QString file;
  QString language;        ///< its code; empty: the model finds it out
  bool translate = false;  ///< into English
};

/// The options of automatic-speech-recognition that a model takes. A multilingual one is told its
/// task in any case: without, what it writes where the language is found out as well is not
/// settled. An Error if the model cannot do what is asked.
Json recognitionOptions(const SpeechQuestion& question, const protocol::SoundModelResult& model);

/// Has the engine of a model write down recordings, one at a time. Knows no widgets.
class SpeechRunner : public QObject {
  Q_OBJECT

 public:
  explicit SpeechRunner(Services& services, QObject* parent = nullptr);

  void run(const SpeechQuestion& question);
  void stop();
  bool busy() const { return busy_; }

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
  void recognise(const SpeechQuestion& question, const Json& options);
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
