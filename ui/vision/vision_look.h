#pragma once

#include "ui/vision/index_layer.h"
#include "ui/vision/picture_canvas.h"
#include "ui/vision/vision_state.h"

namespace orrery::ui {

/// How many steps depth is drawn in.
inline constexpr int kDepthSteps = 512;

/// The colour of each class of a result, in the order of VisionResult::classes().
QColor colorOfClass(const VisionResult& result, const QString& label);

/// How the masks of `state` look: class by class, what is hidden or below the threshold clear.
/// `hovered` (-1: none) is the segment that stands out.
IndexLook maskLook(const VisionState& state, const MaskMap& masks, int hovered);
/// The segment that is seen of a set of masks, or -1.
int seenSegment(const VisionState& state, const std::vector<int>& set);
IndexLook depthLook(double opacity);
/// The boxes to draw.
std::vector<ShownBox> shownBoxes(const VisionState& state);

}  // namespace orrery::ui
