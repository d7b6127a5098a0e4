#pragma once

#include <QByteArray>
#include <QImage>

#include "ui/vision/index_layer.h"
#include "ui/vision/picture.h"
#include "ui/vision/vision_state.h"

namespace orrery::ui {

enum class CocoMasks { kRunLengths, kPolygons };

/// The result in the form of transformers' pipelines, with picture, model and task: {"picture",
/// "size", "model", "task", "result"}.
QByteArray resultDocument(const VisionState& state, QSize size);

/// What is shown of boxes or masks as COCO's object detection format. As polygons, masks lose their
/// holes, which that form cannot say.
QByteArray cocoDocument(const VisionState& state, QSize size, CocoMasks masks);

/// The picture with what is drawn over it, at the picture's size. `layer` may be null.
QImage overlayImage(const Picture& picture, const IndexLayer* layer, const VisionState& state);

/// Depth in 16 bits of grey, from the lowest (0) to the highest; what is no number is 0.
QImage depthImage(const DepthMap& depth);

/// The number of the segment that is seen at each pixel, from 1; 0: none. Eight bits, or sixteen
/// above 255 segments.
QImage indexImage(const MaskMap& masks, const VisionState& state);

}  // namespace orrery::ui
