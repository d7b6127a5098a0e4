#pragma once

#include <QWidget>
#include <memory>

#include "ui/speech/sound_overview.h"

class QCPAxisRect;
class QCPColorMap;
class QCPGraph;
class QCPItemRect;
class QCPItemStraightLine;
class QCustomPlot;

namespace orrery::ui {

/// A recording as a waveform above its mel spectrogram, with a playhead. The wheel zooms at the
/// pointer, dragging moves, a click sets the playhead. Keys: left and right move the playhead by a
/// second (with Shift by a tenth), + and - zoom, 0 shows all, Home and End go to its ends.
class WaveView : public QWidget {
  Q_OBJECT

 public:
  explicit WaveView(QWidget* parent = nullptr);

  /// Null: nothing is shown.
  void setSound(std::shared_ptr<const SoundOverview> sound);
  void setPlayhead(double seconds);
  double playhead() const { return playhead_; }
  /// Marks a stretch, such as a word; an empty one marks nothing.
  void mark(double begin, double end);
  /// Moves the view if it does not show that time.
  void bringIntoView(double seconds);
  void showRange(double begin, double end);
  double rangeBegin() const { return begin_; }
  double rangeEnd() const { return end_; }

 signals:
  void playheadMoved(double seconds);  ///< by the user

 protected:
  bool eventFilter(QObject* watched, QEvent* event) override;
  void keyPressEvent(QKeyEvent* event) override;
  void changeEvent(QEvent* event) override;

 private:
  void makePlots();
  void style();
  void draw();
  void drawWave();
  void drawSpectrum();
  void zoom(double factor, double about);
  void movePlayhead(double seconds);
  double timeAt(double x) const;

  QCustomPlot* plot_;
  QCPAxisRect* waveRect_;
  QCPAxisRect* spectrumRect_;
  QCPGraph* low_;
  QCPGraph* high_;
  QCPColorMap* spectrum_;
  QCPItemStraightLine* playheads_[2];
  QCPItemRect* marked_;
  std::shared_ptr<const SoundOverview> sound_;
  double begin_ = 0;
  double end_ = 1;
  double playhead_ = 0;
  double pressedAt_ = 0;  ///< place of the mouse button, in pixels
  double pressedBegin_ = 0;
  bool pressed_ = false;
  bool dragged_ = false;
};

}  // namespace orrery::ui
