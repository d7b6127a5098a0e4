#include "ui/vision/index_layer.h"

#include <QPainter>
#include <algorithm>
#include <cmath>

namespace orrery::ui {

IndexLayer::IndexLayer(std::shared_ptr<const IndexMap> map, QSize size)
    : map_(std::move(map)), size_(size) {}

void IndexLayer::setLook(IndexLook look) {
  if (look == look_) return;
  look_ = std::move(look);
  colored_ = false;
}

void IndexLayer::paint(QPainter& painter, const PictureView& view, const QRect& visible) {
  const QRectF whole(view.toWidget({0, 0}), QSizeF(size_) * view.scale);
  const QRect area = whole.toAlignedRect().intersected(visible);
  if (area.isEmpty() || map_->pixels.empty()) return;
  if (view != view_ || area != area_) sample(view, area);
  if (!colored_) color();
  painter.drawImage(area.topLeft(), image_);
}

// The nearest pixel of the map for every pixel of the widget.
void IndexLayer::sample(const PictureView& view, const QRect& area) {
  view_ = view;
  area_ = area;
  colored_ = false;
  const auto place = [](double at, int pictureSide, int mapSide) {
    return std::clamp(static_cast<int>(at * mapSide / pictureSide), 0, mapSide - 1);
  };
  std::vector<int> columns;
  for (int x = area.left(); x <= area.right(); ++x)
    columns.push_back(place(view.toPicture({x + 0.5, 0}).x(), size_.width(), map_->width));
  samples_.resize(columns.size() * static_cast<std::size_t>(area.height()));
  auto* to = samples_.data();
  for (int y = area.top(); y <= area.bottom(); ++y) {
    const int row = place(view.toPicture({0, y + 0.5}).y(), size_.height(), map_->height);
    const auto* from =
        map_->pixels.data() + static_cast<std::size_t>(row) * static_cast<std::size_t>(map_->width);
    for (const int column : columns) *to++ = from[column];
  }
}

void IndexLayer::color() {
  colored_ = true;
  if (image_.size() != area_.size())
    image_ = QImage(area_.size(), QImage::Format_ARGB32_Premultiplied);
  if (look_.outline) return colorOutlines();
  const auto* from = samples_.data();
  for (int y = 0; y < image_.height(); ++y) {
    auto* line = reinterpret_cast<QRgb*>(image_.scanLine(y));
    for (int x = 0; x < image_.width(); ++x) line[x] = look_.colors[*from++];
  }
}

void IndexLayer::colorOutlines() {
  constexpr int kReach = 2;  // pixels of a line, inside the shape
  const int width = image_.width();
  const int height = image_.height();
  shapes_.resize(samples_.size());
  for (std::size_t i = 0; i < shapes_.size(); ++i) shapes_[i] = look_.shapes[samples_[i]];
  const auto row = [&](const std::vector<std::uint16_t>& rows, int y) {
    return rows.data() +
           static_cast<std::size_t>(std::clamp(y, 0, height - 1)) * static_cast<std::size_t>(width);
  };
  for (int y = 0; y < height; ++y) {
    const auto *own = row(shapes_, y), *up = row(shapes_, y - kReach),
               *down = row(shapes_, y + kReach), *from = row(samples_, y);
    auto* line = reinterpret_cast<QRgb*>(image_.scanLine(y));
    for (int x = 0; x < width; ++x) {
      const std::uint16_t shape = own[x];
      const bool edge = shape != 0 && (own[std::max(0, x - kReach)] != shape ||
                                       own[std::min(width - 1, x + kReach)] != shape ||
                                       up[x] != shape || down[x] != shape);
      line[x] = edge ? look_.colors[from[x]] : 0;
    }
  }
}

QImage IndexLayer::rendered() const {
  QImage whole(size_, QImage::Format_ARGB32_Premultiplied);
  whole.fill(Qt::transparent);
  QPainter painter(&whole);
  IndexLayer copy(map_, size_);
  copy.setLook(look_);
  copy.paint(painter, {}, whole.rect());
  return whole;
}

int IndexLayer::indexAt(const QPointF& place) const {
  const int x = static_cast<int>(std::floor(place.x() * map_->width / size_.width()));
  const int y = static_cast<int>(std::floor(place.y() * map_->height / size_.height()));
  if (x < 0 || y < 0 || x >= map_->width || y >= map_->height) return 0;
  return map_->at(x, y);
}

}  // namespace orrery::ui
