#pragma once

#include <functional>
#include <memory>
#include <span>

#include "ui/speech/sample_source.h"

namespace orrery::ui {

class WavFile;

/// What is done when a recording falls silent.
struct SilenceRule {
  enum class Then { kGoOn, kStop, kCut };

  Then then = Then::kGoOn;
  double decibels = -40;  ///< what is quieter is silence; 0 is the loudest there is
  double seconds = 2;     ///< of it
};

/// Records what a source gives into WAV files, which are written as it comes. Cut at silence, each
/// stretch of sound is a file of its own. Knows no widgets.
class Recorder : public QObject {
  Q_OBJECT

 public:
  using SourceMaker = std::function<std::unique_ptr<SampleSource>()>;

  /// Files are made in `folder`. The source is made when it is first asked for.
  Recorder(QString folder, SourceMaker maker, QObject* parent = nullptr);
  ~Recorder() override;

  void setSourceMaker(SourceMaker maker);
  std::vector<SampleSource::Device> devices() { return source().devices(); }
  void setRule(const SilenceRule& rule) { rule_ = rule; }
  const SilenceRule& rule() const { return rule_; }

  /// Emits failed() if it cannot.
  void start(const QByteArray& device);
  void stop();
  bool isRecording() const { return recording_; }
  double seconds() const { return seconds_; }  ///< since the start

 signals:
  void changed();  ///< started or stopped
  void devicesChanged();
  void heard(double decibels);         ///< of the last moment
  void recorded(const QString& file);  ///< a file that has ended
  void failed(const QString& reason);  ///< one sentence

 private:
  SampleSource& source();
  void take(const std::vector<float>& samples);
  void takeBlock(std::span<const float> block);
  void write(std::span<const float> block);
  void endFile();
  void fail(const QString& reason);

  QString folder_;
  SourceMaker maker_;
  std::unique_ptr<SampleSource> source_;
  SilenceRule rule_;
  std::unique_ptr<WavFile> file_;  ///< none between two stretches
  std::vector<float> before_;      ///< the moment before a stretch, which begins with it
  std::vector<float> rest_;        ///< less than a block
  int rate_ = 0;
  bool recording_ = false;
  bool loud_ = false;  ///< whether there was sound in this file
  double quiet_ = 0;   ///< seconds of silence at its end
  double seconds_ = 0;
};

}  // namespace orrery::ui
