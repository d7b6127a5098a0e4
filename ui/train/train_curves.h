#pragma once

#include <QFrame>
#include <memory>
#include <vector>

#include "ui/train/train_metrics.h"

class QComboBox;
class QCheckBox;
class QTimer;

namespace orrery::ui {

class CurvePlot;

/// A run as it is drawn.
struct DrawnRun {
  QString name;
  int color = 0;  ///< of Theme::series
  std::shared_ptr<const RunCurves> curves;
};

/// Loss and evaluation loss of runs over steps or time, with learning rate, gradient norm and
/// throughput below. Drawn at most some twenty times a second, however fast metrics come.
class TrainCurves : public QFrame {
  Q_OBJECT

 public:
  explicit TrainCurves(QWidget* parent = nullptr);
  ~TrainCurves() override;

  void setRuns(std::vector<DrawnRun> runs);
  void setLogarithmic(bool logarithmic);
  void setTimeAxis(bool time);
  CurvePlot& loss() { return *plots_.front(); }
  const std::vector<CurvePlot*>& plots() const { return plots_; }

 protected:
  void changeEvent(QEvent* event) override;

 private:
  QWidget* makeControls();
  void draw();

  std::vector<DrawnRun> runs_;
  std::vector<CurvePlot*> plots_;  ///< loss, rate, gradient, throughput
  QCheckBox* logarithmic_;
  QComboBox* axis_;
  QTimer* frame_;
};

/// The colour of the i-th run that is drawn.
QColor runColor(int i);

}  // namespace orrery::ui
