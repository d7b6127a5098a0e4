#pragma once

#include "ui/vision/index_layer.h"
#include "ui/vision/picture_canvas.h"
#include "ui/vision/vision_state.h"

namespace orrery::ui {

/// How many steps depth is drawn in.
inline constexpr int kDepthSteps = 512;

/// What a result is drawn with; without masks or depth, nothing.
struct ResultLayer {
  std::shared_ptr<MaskMap> masks;
  std::shared_ptr<IndexLayer> layer;
};

/// The masks of a result cut at `cut` at the resolution of their values, over a picture of `size`;
/// empty unless all have values, of one size.
ResultLayer roughLayer(const VisionResult& result, double cut, QSize size);

/// The colour of a class of a result.
QColor colorOfClass(const VisionResult& result, const QString& label);

// Below, `result` is one of the state's two; the state says what is shown and how strongly.

/// How masks look: class by class, what is hidden or below the threshold clear. `hovered` (-1:
/// none) is the segment that stands out.
IndexLook maskLook(const VisionState& state, const VisionResult& result, const MaskMap& masks,
                   int hovered);
/// The segment that is seen of a set of masks, or -1.
int seenSegment(const VisionState& state, const VisionResult& result, const std::vector<int>& set);
/// The boxes to draw.
std::vector<ShownBox> shownBoxes(const VisionState& state, const VisionResult& result);
IndexLook depthLook(double opacity);
/// The depths that the first and the last colour stand for: a hundredth of all lies beyond either,
/// so that a few that stand apart leave the others their colours.
std::pair<float, float> depthRange(const DepthMap& depth);

}  // namespace orrery::ui
