// Any bytes as a BMP image.

#include "tests/fuzz/image_target.h"

using namespace orrery;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  return fuzz::decodeImageOf(media::ImageFormat::kBmp, data, size);
}
