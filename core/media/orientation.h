#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "core/media/image.h"

namespace orrery::media {

/// The orientation that EXIF data (with or without its "Exif" prefix) tell, 1 to 8; 0 if they tell
/// none or are broken.
int exifOrientation(std::span<const std::uint8_t> exif);

/// The same of XMP data, a text.
int xmpOrientation(std::string_view xmp);

/// `image` turned and mirrored so that its orientation becomes 1. Values outside 2 to 8 change
/// nothing.
Image upright(Image image, int orientation);

}  // namespace orrery::media
