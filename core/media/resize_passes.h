#pragma once

#include "core/media/image.h"
#include "core/media/resize_weights.h"

namespace orrery::media {

/// `image` with as many columns as `weights` has windows.
Image resizeColumns(const Image& image, const Weights& weights);

/// `image` with as many rows as `weights` has windows.
Image resizeRows(const Image& image, const Weights& weights);

}  // namespace orrery::media
