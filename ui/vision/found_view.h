#pragma once

#include <QFrame>
#include <optional>

#include "ui/vision/overlap.h"
#include "ui/vision/vision_state.h"

class QCheckBox;
class QLabel;
class QListWidget;
class QScrollArea;
class QSlider;
class QTableWidget;

namespace orrery::ui {

class LabelBars;
class ValueHistogram;

/// What was found in a picture, in words and figures, and how much of it is drawn: threshold,
/// opacity, outlines, classes. Shows the state; what a person changes comes back as signals.
class FoundView : public QFrame {
  Q_OBJECT

 public:
  explicit FoundView(QWidget* parent = nullptr);

  /// Shows a new result; null rows are hidden.
  void showResult(const VisionState& state);
  /// Counts anew what the threshold and hidden classes leave.
  void showCounts(const VisionState& state);
  void showDepthAt(std::optional<double> value);
  /// How much two results agree, class by class; hidden while there is nothing to show.
  void showOverlaps(const std::vector<ClassOverlap>& overlaps);

 signals:
  void thresholdChanged(double threshold);
  void cutChanged(double cut);
  void opacityChanged(double opacity);
  void outlineChanged(bool outline);
  void classShown(const QString& label, bool shown);

 private:
  QWidget* makeControls();
  QWidget* makeLabels();
  QSlider* makeSlider(const char* objectName, const QString& text, QLabel*& figure, QWidget*& row);
  void fillClasses(const VisionState& state);

  QLabel* summary_;
  QLabel* hint_;  ///< what to do while there is no result
  QWidget* thresholdRow_ = nullptr;
  QLabel* thresholdFigure_ = nullptr;
  QSlider* threshold_;
  QWidget* cutRow_ = nullptr;
  QLabel* cutFigure_ = nullptr;
  QSlider* cut_;
  QWidget* opacityRow_ = nullptr;
  QLabel* opacityFigure_ = nullptr;
  QSlider* opacity_;
  QCheckBox* outline_;
  QScrollArea* labels_;
  LabelBars* bars_;
  QLabel* otherTitle_;
  LabelBars* otherBars_;  ///< of the second model
  QListWidget* classes_;
  ValueHistogram* histogram_;
  QLabel* depth_;
  QTableWidget* overlaps_;
  QWidget* stretch_;
};

}  // namespace orrery::ui
