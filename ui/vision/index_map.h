#pragma once

#include <QColor>
#include <cstdint>
#include <span>
#include <vector>

#include "core/base/rle.h"

namespace orrery::ui {

/// A number for every pixel, row by row: what a colour table turns into an overlay.
struct IndexMap {
  int width = 0;
  int height = 0;
  std::vector<std::uint16_t> pixels;

  std::uint16_t at(int x, int y) const {
    return pixels[static_cast<std::size_t>(y) * static_cast<std::size_t>(width) +
                  static_cast<std::size_t>(x)];
  }
};

/// Masks laid over each other: each pixel holds the number of the set of masks that cover it, so
/// that hiding one or colouring all anew changes no pixel.
struct MaskMap {
  IndexMap map;
  std::vector<std::vector<int>> sets{
      {}};  ///< masks of each number, lowest first; the first is empty
};

/// All masks must have the size `height` x `width`; throws an Error of kind kInvalidInput for
/// others and for broken ones. Above 65535 sets, further masks give way to those below them.
MaskMap makeMaskMap(std::span<const RleMask* const> masks, int height, int width);

/// Values [height, width] in `steps` equal steps between `lowest` and `highest`. What is no number
/// becomes the last step but one's successor, `steps`.
IndexMap makeValueMap(std::span<const float> values, int height, int width, float lowest,
                      float highest, int steps);

/// A colour for the i-th class, the neighbours far apart.
QColor classColor(int i);
/// The colour of a depth between 0 (far) and 1 (near): dark blue over violet to yellow, evenly
/// lighter.
QColor depthColor(double t);

}  // namespace orrery::ui
