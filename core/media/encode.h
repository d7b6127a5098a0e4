#pragma once

#include <string>

#include "core/media/image.h"

namespace orrery::media {

/// The picture, RGB or grey, as a PNG file. An Error if it has no pixels or does not fit one.
std::string encodePng(const Image& image);

}  // namespace orrery::media
