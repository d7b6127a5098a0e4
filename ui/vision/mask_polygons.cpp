#include "ui/vision/mask_polygons.h"

#include <algorithm>
#include <array>
#include <unordered_map>

namespace orrery::ui {
namespace {

constexpr std::array<QPoint, 4> kSteps{{{1, 0}, {0, 1}, {-1, 0}, {0, -1}}};  // clockwise

// The edges between the mask and what is outside, the mask on their right: of each corner, the
// directions (a bit each) in which one begins.
class Edges {
 public:
  explicit Edges(const RleMask& mask)
      : width_(mask.width()), height_(mask.height()), pixels_(rlePixels(mask)) {
    for (int y = 0; y < height_; ++y)
      for (int x = 0; x < width_; ++x) {
        if (!inside(x, y)) continue;
        if (!inside(x, y - 1)) add({x, y}, 0);
        if (!inside(x + 1, y)) add({x + 1, y}, 1);
        if (!inside(x, y + 1)) add({x + 1, y + 1}, 2);
        if (!inside(x - 1, y)) add({x, y + 1}, 3);
      }
  }

  const std::vector<QPoint>& begins() const { return begins_; }  ///< row by row
  bool has(QPoint corner, int direction) const {
    const auto found = edges_.find(key(corner));
    return found != edges_.end() && (found->second & 1 << direction);
  }
  void remove(QPoint corner, int direction) { edges_[key(corner)] &= ~(1 << direction); }

 private:
  bool inside(int x, int y) const {
    return x >= 0 && y >= 0 && x < width_ && y < height_ &&
           pixels_[static_cast<std::size_t>(y) * static_cast<std::size_t>(width_) +
                   static_cast<std::size_t>(x)] != 0;
  }
  std::int64_t key(QPoint corner) const {
    return std::int64_t{corner.y()} * (width_ + 1) + corner.x();
  }
  void add(QPoint corner, int direction) {
    edges_[key(corner)] |= 1 << direction;
    if (direction == 0) begins_.push_back(corner);
  }

  int width_;
  int height_;
  std::vector<std::uint8_t> pixels_;
  std::unordered_map<std::int64_t, int> edges_;
  std::vector<QPoint> begins_;
};

// Walks along the edges from `start`, whose first goes right, and takes them away; to the right
// first, where two parts meet at a corner. Corners only.
std::vector<QPoint> walk(Edges& edges, QPoint start) {
  std::vector<QPoint> corners{start};
  QPoint at = start;
  for (int direction = 0;;) {
    edges.remove(at, direction);
    at += kSteps[static_cast<std::size_t>(direction)];
    const int before = direction;
    for (const int turn : {1, 0, 3}) {
      direction = (before + turn) % 4;
      if (at == start && direction == 0) return corners;
      if (edges.has(at, direction)) break;
    }
    if (direction != before) corners.push_back(at);
  }
}

// Twice the area; above 0 for outlines that are walked clockwise (y down).
std::int64_t signedArea(const std::vector<QPoint>& corners) {
  std::int64_t area = 0;
  for (std::size_t i = 0; i < corners.size(); ++i) {
    const QPoint a = corners[i];
    const QPoint b = corners[(i + 1) % corners.size()];
    area += std::int64_t{a.x()} * b.y() - std::int64_t{b.x()} * a.y();
  }
  return area;
}

}  // namespace

std::vector<std::vector<QPoint>> maskPolygons(const RleMask& mask) {
  Edges edges(mask);
  std::vector<std::vector<QPoint>> polygons;
  for (const QPoint corner : edges.begins()) {
    if (!edges.has(corner, 0)) continue;  // walked already
    auto corners = walk(edges, corner);
    if (signedArea(corners) > 0)
      polygons.push_back(std::move(corners));  // a hole is walked the other way
  }
  return polygons;
}

}  // namespace orrery::ui
