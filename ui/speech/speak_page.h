#pragma once

#include <QWidget>
#include <vector>

#include "core/protocol/pipeline.h"
#include "ui/shell/services.h"

class QPlainTextEdit;
class QProgressBar;
class QPushButton;
class QStackedWidget;

namespace orrery::ui {

class ModelPicker;
class NoticeBar;
class PlayBar;
class SoundPlayer;
class SoundRunner;
class VoiceForm;
class WaveView;

/// A text and how a model speaks it: written, spoken, seen, heard and exported.
class SpeakPage : public QWidget {
  Q_OBJECT

 public:
  explicit SpeakPage(Services& services, QWidget* parent = nullptr);

  /// What stands in the panel's head while this view is shown.
  QWidget* tools() { return tools_; }

  void setModel(const QString& model);
  void setText(const QString& text);
  void run();
  void stop();
  void play();  ///< or pauses
  /// Asks for a file and writes the sound as WAV.
  void exportSound();
  /// The same without asking; an Error if it cannot be written.
  void writeSound(const QString& path);
  /// Whether something is being spoken, or what was spoken is being looked over.
  bool busy() const;
  void focusMain();

  WaveView& wave() { return *wave_; }

 signals:
  void failed(const QString& reason);

 private:
  QWidget* makeTools();
  QWidget* makeWords();
  QWidget* makeSound();
  void connectParts();
  void askModel(const QString& model);
  void onSpoken(const protocol::RunPipelineResult& result);
  void hear();
  void updateActions();

  Services& services_;
  QString file_;  ///< of what was spoken last
  SoundRunner* runner_;
  SoundPlayer* player_;
  QWidget* tools_;
  QPushButton* export_;
  QPushButton* run_;
  ModelPicker* picker_;
  VoiceForm* form_;
  NoticeBar* notice_;
  QPlainTextEdit* text_;
  QProgressBar* progress_;
  QStackedWidget* sight_;
  WaveView* wave_;
  PlayBar* bar_;
  std::vector<float> samples_;  ///< of what was spoken last; none: nothing was
  int rate_ = 0;
  bool reading_ = false;  ///< an overview is awaited
};

}  // namespace orrery::ui
