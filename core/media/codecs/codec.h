#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "core/media/image.h"

namespace orrery::media {

/// A picture as its file stores it, in RGB.
struct Decoded {
  Image image;
  int orientation = 1;  ///< as EXIF counts, 1 to 8
};

namespace codecs {

using Bytes = std::span<const std::uint8_t>;

/// One function a format. Each throws an Error if the bytes are broken, cut short, of an
/// unsupported kind, or say more than `maxPixels` pixels.
Decoded decodeJpeg(Bytes bytes, std::uint64_t maxPixels);
Decoded decodePng(Bytes bytes, std::uint64_t maxPixels);
Decoded decodeWebp(Bytes bytes, std::uint64_t maxPixels);
Decoded decodeBmp(Bytes bytes, std::uint64_t maxPixels);
Decoded decodeTiff(Bytes bytes, std::uint64_t maxPixels);
Decoded decodeGif(Bytes bytes, std::uint64_t maxPixels);

/// The size that a header tells, or an Error if it is empty or above `maxPixels`.
Size checkedSize(std::uint64_t width, std::uint64_t height, std::uint64_t maxPixels);

/// What every codec says of a file that ends too early.
[[noreturn]] void throwCutShort();

/// What a codec says of data that its library could not read; `reason` is the library's own word.
[[noreturn]] void throwBroken(std::string_view reason);

}  // namespace codecs
}  // namespace orrery::media
