#pragma once

#include <QHash>
#include <QWidget>
#include <memory>

#include "ui/vision/index_layer.h"
#include "ui/vision/picture.h"
#include "ui/vision/vision_state.h"

namespace orrery::ui {

/// A box as it is drawn.
struct ShownBox {
  QRectF box;  ///< in pixels of the picture
  QString text;
  QColor color;
};

/// Draws boxes over a picture of the size `picture` seen as `view` says, as far as they lie in it.
void paintBoxes(QPainter& painter, const std::vector<ShownBox>& boxes, const PictureView& view,
                QSize picture);

/// A picture at any zoom with what was found on it. What is seen is drawn from tiles at the present
/// zoom, made smooth a few at a time: a frame never waits for more than some milliseconds of them.
/// Mouse: wheel zooms at the pointer, dragging moves (with Space also while pointing). Keys: +, -,
/// 0 (fit), 1 (a pixel is a pixel), arrows; C shows a cross that arrows move in the mouse's place,
/// Ctrl+arrows then move the picture. While pointing, a click means a point, Shift+click one that
/// does not belong, a drag a box; arrows bring the cross, Enter and Shift+Enter set a point there,
/// B one corner of a box and then the other, Escape takes the cross away.
class PictureCanvas : public QWidget {
  Q_OBJECT

 public:
  explicit PictureCanvas(QWidget* parent = nullptr);

  void setPicture(std::shared_ptr<const Picture> picture);
  const Picture* picture() const { return picture_.get(); }
  void setLayer(std::shared_ptr<IndexLayer> layer);
  void setBoxes(std::vector<ShownBox> boxes);
  void setPrompt(const SegmentPrompt& prompt);
  /// A second result beside the first: it is seen to the right of a line at `wipe` (0 to 1) of the
  /// picture's width, which the mouse or the keys [ and ] move. Nothing: the first is alone.
  void setOther(std::shared_ptr<IndexLayer> layer, std::vector<ShownBox> boxes);
  void setWipe(std::optional<double> wipe);
  void setPointing(bool pointing);

  void fit();
  void actualSize();
  void zoomBy(double factor);
  double zoom() const { return view_.scale; }
  const PictureView& view() const { return view_; }
  void moveBy(QPoint step);

 signals:
  void zoomChanged(double zoom);
  void hovered(const QPointF& place);  ///< of the picture
  void left();
  void pointed(const QPointF& place, bool positive);
  void boxed(const QRectF& box);
  void wiped(double wipe);

 protected:
  void paintEvent(QPaintEvent* event) override;
  void resizeEvent(QResizeEvent* event) override;
  void wheelEvent(QWheelEvent* event) override;
  void mousePressEvent(QMouseEvent* event) override;
  void mouseMoveEvent(QMouseEvent* event) override;
  void mouseReleaseEvent(QMouseEvent* event) override;
  void keyPressEvent(QKeyEvent* event) override;
  void keyReleaseEvent(QKeyEvent* event) override;
  void leaveEvent(QEvent* event) override;
  void changeEvent(QEvent* event) override;

 private:
  void setScale(double scale, QPointF about);
  void keepInside();
  void viewChanged();
  bool paintTiles(QPainter& painter);
  QImage makeTile(QPoint tile) const;
  void paintRough(QPainter& painter, const QRect& area) const;

  void paintPrompt(QPainter& painter) const;
  void paintResults(QPainter& painter) const;
  int wipeLine() const;
  void moveWipe(double wipe);
  bool keyZooms(int key);
  bool keyPoints(QKeyEvent* event);
  bool keyMovesCross(QKeyEvent* event);
  void keySetsCorner();
  void removeCross();
  void updateCursor();

  std::shared_ptr<const Picture> picture_;
  std::shared_ptr<IndexLayer> layer_;
  std::vector<ShownBox> boxes_;
  std::shared_ptr<IndexLayer> otherLayer_;
  std::vector<ShownBox> otherBoxes_;
  std::optional<double> wipe_;
  bool wiping_ = false;
  SegmentPrompt prompt_;
  PictureView view_;
  bool fitted_ = true;  ///< stays so when the widget's size changes
  QHash<quint64, QImage> tiles_;
  bool pointing_ = false;
  bool spaceHeld_ = false;
  bool dragging_ = false;  ///< the picture, with the mouse
  QPoint pressedAt_;
  QPoint lastAt_;
  bool pressed_ = false;           ///< while pointing
  std::optional<QRect> band_;      ///< a box being drawn, in the widget
  std::optional<QPointF> cross_;   ///< moved by keys, of the picture
  std::optional<QPointF> corner_;  ///< of a box, set by a key
};

}  // namespace orrery::ui
