#pragma once

#include <QColor>
#include <QPointF>
#include <QString>
#include <QWidget>
#include <memory>
#include <vector>

class QCPGraph;
class QCPItemLine;
class QCPTextElement;
class QCustomPlot;

namespace orrery::ui {

struct Curve {
  QString name;
  QColor color;
  bool dots = false;  ///< a point at each value, on a thin line
  std::vector<QPointF> points;
};

/// Curves over one axis, with a read-out. The wheel zooms along it, dragging moves, a double click
/// shows all. Keys: left and right move the read-out by a point, plus and minus zoom, 0 shows all.
class CurvePlot : public QWidget {
  Q_OBJECT

 public:
  /// `name` is the object's name, `title` what is drawn.
  CurvePlot(const char* name, const QString& title, QWidget* parent = nullptr);

  void setCurves(std::vector<Curve> curves);
  void setLogarithmic(bool logarithmic);
  /// The axis is seconds instead of steps.
  void setTimeAxis(bool time);
  void setLegend(bool shown);
  /// Reads out at `x`; NaN: the ends of the curves.
  void showPlace(double x);
  void showAll();
  const std::vector<Curve>& curves() const { return curves_; }
  QString readOut() const { return readOut_; }
  bool isLogarithmic() const { return logarithmic_; }
  QSize sizeHint() const override { return {260, 150}; }

 signals:
  void placeHovered(double x);  ///< NaN: nowhere

 protected:
  void keyPressEvent(QKeyEvent* event) override;
  void paintEvent(QPaintEvent* event) override;
  bool eventFilter(QObject* watched, QEvent* event) override;
  void changeEvent(QEvent* event) override;

 private:
  void style();
  void draw();
  void fitValues();
  void writeReadOut();
  void zoom(double factor);
  void movePlace(int points);

  QCustomPlot* plot_;
  QCPTextElement* title_;
  QCPItemLine* place_;
  QString name_, readOut_;
  std::vector<Curve> curves_;
  double at_;
  bool logarithmic_ = false, time_ = false, whole_ = true;
};

}  // namespace orrery::ui
