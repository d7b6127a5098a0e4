#pragma once

#include "core/media/decode.h"
#include "tests/fuzz/support.h"

namespace orrery::fuzz {

/// Decodes bytes that begin as `format` does; a picture that comes out must have all its pixels.
inline int decodeImageOf(media::ImageFormat format, const std::uint8_t* data, std::size_t size) {
  const auto bytes = bytesOf(data, size);
  if (media::imageFormat(bytes) != format) return 0;  // another target's
  constexpr std::uint64_t kMaxPixels = 1 << 18;
  allowError([&] {
    const media::Image image = media::decodeImage(bytes, kMaxPixels);
    const auto pixels = static_cast<std::uint64_t>(image.height) * image.width;
    if (pixels == 0 || pixels > kMaxPixels || image.pixels.size() != 3 * pixels) std::abort();
  });
  return 0;
}

}  // namespace orrery::fuzz
