#pragma once

#include <QImage>
#include <QPoint>
#include <memory>
#include <vector>

#include "ui/vision/index_map.h"

class QPainter;

namespace orrery::ui {

/// Where a picture is seen: its top left corner in the widget, and widget pixels per pixel of it.
struct PictureView {
  QPoint offset;
  double scale = 1;

  QPointF toPicture(const QPointF& at) const { return (at - QPointF(offset)) / scale; }
  QPointF toWidget(const QPointF& at) const { return at * scale + QPointF(offset); }
  bool operator==(const PictureView&) const = default;
};

/// How numbers of an IndexMap look. Numbers of one `shape` have no outline between them; shape 0 is
/// nothing.
struct IndexLook {
  std::vector<QRgb> colors;           ///< premultiplied; 0 leaves the picture as it is
  std::vector<std::uint16_t> shapes;  ///< used for outlines only
  bool outline = false;               ///< draw edges of shapes instead of their inside

  bool operator==(const IndexLook&) const = default;
};

/// Draws an IndexMap over its picture. What is seen of the map is looked up once for a view; a new
/// look colours that again, which is what keeps sliders quick.
class IndexLayer {
 public:
  /// `size` is that of the picture, which the map may have fewer or more pixels than.
  IndexLayer(std::shared_ptr<const IndexMap> map, QSize size);

  void setLook(IndexLook look);
  void paint(QPainter& painter, const PictureView& view, const QRect& visible);
  /// The whole layer at the picture's size.
  QImage rendered() const;
  /// The number at a place of the picture; 0 outside.
  int indexAt(const QPointF& place) const;
  const IndexMap& map() const { return *map_; }

 private:
  void sample(const PictureView& view, const QRect& area);
  void color();
  void colorOutlines();

  std::shared_ptr<const IndexMap> map_;
  QSize size_;
  IndexLook look_;
  PictureView view_;
  QRect area_;                          ///< of the widget, that samples_ and image_ stand for
  std::vector<std::uint16_t> samples_;  ///< numbers, row by row
  std::vector<std::uint16_t> shapes_;   ///< of the samples, while outlines are drawn
  QImage image_;
  bool colored_ = false;
};

}  // namespace orrery::ui
