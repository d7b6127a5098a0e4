#pragma once

#include <QWidget>
#include <vector>

class QCustomPlot;

namespace orrery::ui {

/// The figures of one column's tokens, in order.
struct TokenCurve {
  QString name;
  std::vector<double> probability;
  std::vector<double> entropy;  ///< nats
  std::vector<double> cumulativeLogprob;
};

/// Three pictures below each other over the token's place: probability, entropy and cumulative
/// log-probability, a curve per column.
class TokenCurves : public QWidget {
  Q_OBJECT

 public:
  explicit TokenCurves(QWidget* parent = nullptr);

  /// Draws the curves, soon and at most some fifteen times a second. `divergence` is the first
  /// place where the columns differ, -1 for none.
  void setData(std::vector<TokenCurve> curves, int divergence);
  /// Marks a place with a line, -1 for none.
  void showPlace(int place);
  bool writeImage(const QString& path);

 signals:
  void placeHovered(int place);  ///< -1 when the pointer leaves

 protected:
  void changeEvent(QEvent* event) override;
  bool eventFilter(QObject* watched, QEvent* event) override;

 private:
  class Picture;

  void draw();

  Picture* picture_;
};

}  // namespace orrery::ui
