#pragma once

#include <QFrame>
#include <QString>
#include <array>
#include <memory>
#include <vector>

class QTimer;

namespace orrery::ui {

/// The figures of one column's tokens, in order.
struct TokenCurve {
  QString name;
  std::vector<double> probability;
  std::vector<double> entropy;  ///< nats
  std::vector<double> cumulativeLogprob;
};

/// Three pictures side by side over the token's place: probability, entropy and cumulative
/// log-probability, a curve per column. Where curves lie on each other, they take turns along the
/// line.
class TokenCurves : public QFrame {
  Q_OBJECT

 public:
  explicit TokenCurves(QWidget* parent = nullptr);
  ~TokenCurves() override;

  /// Draws the curves, soon: one picture at a time, so that no event takes long, each at most some
  /// ten times a second. `divergence` is the first place where the columns differ, -1 for none.
  void setData(std::vector<TokenCurve> curves, int divergence);
  /// Marks a place with a line, -1 for none.
  void showPlace(int place);
  /// The pictures with the columns' names as a PNG file; false if it cannot be written.
  bool writeImage(const QString& path);

 signals:
  void placeHovered(int place);  ///< -1 when the pointer leaves

 protected:
  void changeEvent(QEvent* event) override;
  bool eventFilter(QObject* watched, QEvent* event) override;

 private:
  class Picture;
  static constexpr std::size_t kPictures = 3;

  void drawNext();

  std::array<std::unique_ptr<Picture>, kPictures> pictures_;
  std::vector<TokenCurve> curves_;
  int divergence_ = -1;
  int shown_ = -1;
  QTimer* frame_;
  std::size_t next_ = 0;  ///< the picture whose turn it is
};

}  // namespace orrery::ui
