#include "ui/vision/index_map.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "core/base/error.h"

namespace orrery::ui {
namespace {

constexpr std::size_t kMostSets = 65535;
constexpr int kBlock =
    64;  // of pixels that are turned around together, so that both ends stay near

// Rows of `columns` [width, height] become columns.
std::vector<std::uint16_t> turned(const std::vector<std::uint16_t>& columns, int height,
                                  int width) {
  std::vector<std::uint16_t> rows(columns.size());
  const auto h = static_cast<std::size_t>(height);
  const auto w = static_cast<std::size_t>(width);
  for (int top = 0; top < height; top += kBlock)
    for (int left = 0; left < width; left += kBlock)
      for (int y = top; y < std::min(top + kBlock, height); ++y)
        for (int x = left; x < std::min(left + kBlock, width); ++x)
          rows[static_cast<std::size_t>(y) * w + static_cast<std::size_t>(x)] =
              columns[static_cast<std::size_t>(x) * h + static_cast<std::size_t>(y)];
  return rows;
}

// Adds the mask of that place to the sets of the pixels that it covers.
void layOver(const RleMask& mask, int place, std::vector<std::uint16_t>& columns,
             std::vector<std::vector<int>>& sets) {
  std::vector<std::uint16_t> joined(sets.size(),
                                    0);  // number of the set with the mask, by that without
  const auto runs = rleRuns(mask);
  std::size_t at = 0;
  for (std::size_t i = 0; i < runs.size(); ++i) {
    const std::size_t end = at + runs[i];
    for (; i % 2 == 1 && at < end; ++at) {
      const std::uint16_t old = columns[at];
      if (joined[old] == 0 && sets.size() < kMostSets) {
        joined[old] = static_cast<std::uint16_t>(sets.size());
        sets.push_back(sets[old]);
        sets.back().push_back(place);
      }
      if (joined[old] != 0) columns[at] = joined[old];
    }
    at = end;
  }
}

}  // namespace

MaskMap makeMaskMap(std::span<const RleMask* const> masks, int height, int width) {
  MaskMap result;
  std::vector<std::uint16_t> columns(static_cast<std::size_t>(height) *
                                     static_cast<std::size_t>(width));
  for (std::size_t i = 0; i < masks.size(); ++i) {
    if (masks[i]->height() != height || masks[i]->width() != width)
      throw Error(ErrorKind::kInvalidInput, "mask {} has {} x {} pixels, the picture {} x {}", i,
                  masks[i]->width(), masks[i]->height(), width, height);
    layOver(*masks[i], static_cast<int>(i), columns, result.sets);
  }
  result.map = {width, height, turned(columns, height, width)};
  return result;
}

IndexMap makeValueMap(std::span<const float> values, int height, int width, float lowest,
                      float highest, int steps) {
  IndexMap map{width, height, std::vector<std::uint16_t>(values.size())};
  const float scale = highest > lowest ? static_cast<float>(steps) / (highest - lowest) : 0;
  for (std::size_t i = 0; i < values.size(); ++i) {
    const float step = (values[i] - lowest) * scale;
    map.pixels[i] = static_cast<std::uint16_t>(
        std::isfinite(step) ? std::clamp(static_cast<int>(step), 0, steps - 1) : steps);
  }
  return map;
}

QColor classColor(int i) {
  constexpr double kGoldenTurn = 0.618033988749895;  // no two soon come close
  constexpr double kFirstHue = 0.58;
  const double hue = kFirstHue + kGoldenTurn * i;
  return QColor::fromHsvF(static_cast<float>(hue - std::floor(hue)), i % 2 == 0 ? 0.75F : 0.55F,
                          0.95F);
}

QColor depthColor(double t) {
  struct Stop {
    double red, green, blue;
  };
  constexpr std::array<Stop, 6> kStops{
      {{12, 10, 62}, {86, 20, 110}, {158, 42, 99}, {219, 83, 58}, {249, 153, 24}, {250, 240, 150}}};
  const double place = std::clamp(t, 0.0, 1.0) * (kStops.size() - 1);
  const auto below = std::min(static_cast<std::size_t>(place), kStops.size() - 2);
  const double part = place - static_cast<double>(below);
  const auto mix = [part](double a, double b) { return static_cast<int>(a + (b - a) * part); };
  const Stop& a = kStops[below];
  const Stop& b = kStops[below + 1];
  return QColor(mix(a.red, b.red), mix(a.green, b.green), mix(a.blue, b.blue));
}

}  // namespace orrery::ui
