#pragma once

#include <QPoint>
#include <vector>

#include "core/base/rle.h"

namespace orrery::ui {

/// The outer outlines of a mask, a polygon for each connected part: corners of pixels, clockwise.
/// Filling them gives the mask with its holes closed; pixels that touch at a corner are two parts.
std::vector<std::vector<QPoint>> maskPolygons(const RleMask& mask);

}  // namespace orrery::ui
