#pragma once

#include <vector>

#include "core/base/rle.h"

namespace orrery::ui {

/// How likely each pixel belongs to a mask, at the model's resolution; stretched, the map fills the
/// picture.
struct MaskValues {
  int height = 0;
  int width = 0;
  std::vector<float> likely;  ///< 0 to 1, row by row

  bool operator==(const MaskValues&) const = default;
};

/// The mask of the pixels that are at least as likely as `cut`, at `height` x `width`: values
/// between those of the map are interpolated.
RleMask cutMask(const MaskValues& values, double cut, int height, int width);

}  // namespace orrery::ui
