#pragma once

#include <QWidget>
#include <memory>
#include <optional>
#include <span>
#include <vector>

class QCPBars;
class QCPItemStraightLine;
class QCustomPlot;

namespace orrery::ui {

/// How often the values of a map occur: 64 bars from the lowest to the highest, and a line at one
/// value. What is no number is left out.
class ValueHistogram : public QWidget {
  Q_OBJECT

 public:
  explicit ValueHistogram(const char* objectName, QWidget* parent = nullptr);

  void setData(std::span<const float> values, float lowest, float highest);
  void showValue(std::optional<double> value);

 protected:
  void changeEvent(QEvent* event) override;

 private:
  void style();

  QCustomPlot* plot_;
  QCPBars* bars_;
  QCPItemStraightLine* line_;
};

}  // namespace orrery::ui
