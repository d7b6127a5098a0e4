#pragma once

#include "core/media/image.h"

namespace orrery::media {

/// An RGB picture as Pillow's `convert("L")`: 0.299 red, 0.587 green and 0.114 blue.
Image toGrey(const Image& rgb);

}  // namespace orrery::media
