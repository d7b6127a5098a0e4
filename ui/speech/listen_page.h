#pragma once

#include <QWidget>
#include <vector>

#include "core/protocol/pipeline.h"
#include "ui/shell/services.h"
#include "ui/speech/speech_queue.h"
#include "ui/speech/transcript_model.h"

class QCheckBox;
class QComboBox;
class QLabel;
class QListView;
class QMimeData;
class QProgressBar;
class QPushButton;
class QSpinBox;
class QStackedWidget;
class QToolButton;

namespace orrery::ui {

class LanguageBox;
class ModelPicker;
class NoticeBar;
class PlayBar;
class RecordBar;
class Recorder;
class SoundPlayer;
class SoundRunner;
class TranscriptView;
class WordComparison;
class WaveView;

/// Whether the name is that of a sound or a video, which may have a sound.
bool isSoundName(const QString& name);

/// Recordings and what is said in them: heard, seen, recognised, mended and exported.
class ListenPage : public QWidget {
  Q_OBJECT

 public:
  explicit ListenPage(Services& services, QWidget* parent = nullptr);

  /// What stands in the panel's head while this view is shown.
  QWidget* tools() { return tools_; }

  void setModel(const QString& model);
  /// A second model hears every recording too, and both are shown; empty: no second one.
  void setOtherModel(const QString& model);
  /// Adds a file to the queue and shows it.
  void openSound(const QString& file);
  void askForSounds();
  /// The recording that comes with the program.
  void openSample();
  /// Recognises the recordings that wait; if none does, the shown one again.
  void run();
  void stop();
  void undo();
  void redo();
  /// Asks for a file and writes the transcript; its ending (.txt, .srt, .vtt, .json) says the
  /// format. Of two models that are compared, JSON has both, the others the first.
  void exportTranscript();
  /// The same without asking; an Error if it cannot be written.
  void writeTranscript(const QString& path);
  /// Whether a recording is being read or recognised.
  bool busy() const;
  void play();  ///< or pauses
  /// Shows what records, or records at once if that is shown; while it records, stops.
  void record();
  void focusMain();

  SpeechQueue& queue() { return *queue_; }
  Recorder& recorder() { return *recorder_; }
  WaveView& wave() { return *wave_; }
  TranscriptView& transcriptView() { return *view_; }

 signals:
  void failed(const QString& reason);

 protected:
  void dragEnterEvent(QDragEnterEvent* event) override;
  void dropEvent(QDropEvent* event) override;

 private:
  QWidget* makeTools();
  QWidget* makeSettings();
  QWidget* makeQueue();
  QWidget* makeSound();
  QWidget* makeTransport();
  QWidget* makeEmpty();
  void connectModels();
  void connectRecorder();
  void connectQueue();
  void connectSound();
  void askModel(const QString& model);
  void show(int row);
  void look();
  QString otherModel() const;  ///< empty: nothing is compared
  /// Whether what two models have heard of it stands side by side.
  bool compares(const SpeechItem& item) const;
  void runNext();
  void runOther();
  void ask(const QString& model);
  void compare();
  void onCompared(const WordAlignment& alignment);
  void onHeard(const Json& partial);
  void onDone(const protocol::RunPipelineResult& result);
  void onFailed(const QString& reason);
  void keepStep();
  void restore(std::vector<Transcript>& from, std::vector<Transcript>& to);
  void onEdited();
  void onMoved(double seconds);
  void updateActions();

  Services& services_;
  QString folder_;  ///< where recordings and what was heard are kept
  SpeechQueue* queue_;
  SoundRunner* runner_;
  SoundPlayer* player_;
  Recorder* recorder_;
  TranscriptModel model_;
  QWidget* tools_;
  ModelPicker* picker_;
  QToolButton* compare_;
  ModelPicker* other_;
  WordComparison* comparison_;
  QLabel* difference_;
  LanguageBox* language_;
  QComboBox* task_;
  QPushButton* export_;
  QPushButton* run_;
  QToolButton* record_;
  RecordBar* recordBar_;
  NoticeBar* notice_;
  QListView* list_;
  QStackedWidget* stack_;
  WaveView* wave_;
  PlayBar* bar_;
  QToolButton* loop_;
  QToolButton* follow_;
  QCheckBox* doubtful_;
  QSpinBox* limit_;
  QProgressBar* progress_;
  TranscriptView* view_;
  QString shown_;           ///< file
  QString running_;         ///< file; empty: none
  QString heardBy_;         ///< the model that hears it
  bool otherRuns_ = false;  ///< whether it is the second model that hears it
  QString reading_;         ///< file whose overview is awaited
  double seconds_ = 0;      ///< of the shown recording; 0: not known
  Transcript lastShown_;    ///< of the shown recording, before the edit that comes
  std::vector<Transcript> undo_;
  std::vector<Transcript> redo_;
};

}  // namespace orrery::ui
