#pragma once

#include <QWidget>
#include <vector>

class QCustomPlot;

namespace orrery::ui {

/// A token of the next-token distribution, before and after the decoding settings.
struct DistributionBar {
  QString text;
  double before = 0;  ///< probability
  double after = 0;   ///< 0: removed
};

/// Horizontal pairs of bars, the likeliest token on top.
class DistributionBars : public QWidget {
  Q_OBJECT

 public:
  explicit DistributionBars(QWidget* parent = nullptr);
  void setData(std::vector<DistributionBar> bars);

 protected:
  void changeEvent(QEvent* event) override;

 private:
  void draw();

  QCustomPlot* plot_;
  std::vector<DistributionBar> bars_;
};

}  // namespace orrery::ui
