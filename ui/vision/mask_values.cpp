#include "ui/vision/mask_values.h"

#include <algorithm>
#include <cmath>

namespace orrery::ui {
namespace {

// Between which two places of `side` lies the middle of each of `count` equal parts, and how near
// the second.
struct Places {
  std::vector<std::size_t> first, second;
  std::vector<float> part;

  Places(int side, int count) {
    for (int i = 0; i < count; ++i) {
      const double place = std::clamp((i + 0.5) * side / count - 0.5, 0.0, side - 1.0);
      const auto below = static_cast<std::size_t>(place);
      first.push_back(below);
      second.push_back(std::min(below + 1, static_cast<std::size_t>(side) - 1));
      part.push_back(static_cast<float>(place - static_cast<double>(below)));
    }
  }
};

}  // namespace

RleMask cutMask(const MaskValues& values, double cut, int height, int width) {
  const Places rows(values.height, height);
  const Places columns(values.width, width);
  const auto side = static_cast<std::size_t>(values.width);
  const auto limit = static_cast<float>(cut);
  std::vector<float> row(side);  // between two of the map
  std::vector<std::uint8_t> pixels(static_cast<std::size_t>(height) *
                                   static_cast<std::size_t>(width));
  std::uint8_t* pixel = pixels.data();
  for (std::size_t y = 0; y < rows.part.size(); ++y) {
    const float* above = values.likely.data() + rows.first[y] * side;
    const float* below = values.likely.data() + rows.second[y] * side;
    for (std::size_t x = 0; x < side; ++x) row[x] = above[x] + (below[x] - above[x]) * rows.part[y];
    for (std::size_t x = 0; x < columns.part.size(); ++x) {
      const float left = row[columns.first[x]];
      *pixel++ = left + (row[columns.second[x]] - left) * columns.part[x] >= limit;
    }
  }
  return rleFromPixels(pixels, height, width);
}

}  // namespace orrery::ui
