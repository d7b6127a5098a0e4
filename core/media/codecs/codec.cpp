#include "core/media/codecs/codec.h"

#include "core/base/error.h"

namespace orrery::media::codecs {

Size checkedSize(std::uint64_t width, std::uint64_t height, std::uint64_t maxPixels) {
  if (width == 0 || height == 0)
    throw Error(ErrorKind::kInvalidInput, "has no pixels: {} x {}", width, height);
  // Divided, since the product of two hostile sizes may wrap.
  if (width > maxPixels || height > maxPixels / width)
    throw Error(ErrorKind::kUnsupported, "says {} x {} pixels; at most {} are read", width, height,
                maxPixels);
  return {static_cast<int>(height), static_cast<int>(width)};
}

void throwCutShort() {
  throw Error(ErrorKind::kInvalidInput, "is cut short: expected more image data");
}

void throwBroken(std::string_view reason) {
  throw Error(ErrorKind::kInvalidInput, "is broken: {}", quoted(reason, 160));
}

}  // namespace orrery::media::codecs
