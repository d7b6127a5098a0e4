#include "core/media/grey.h"

namespace orrery::media {

Image toGrey(const Image& rgb) {
  constexpr int kRed = 19595, kGreen = 38470, kBlue = 7471;  // of 65536
  Image grey(rgb.size(), 1);
  const std::uint8_t* in = rgb.pixels.data();
  for (std::uint8_t& out : grey.pixels) {
    out = static_cast<std::uint8_t>((in[0] * kRed + in[1] * kGreen + in[2] * kBlue + 0x8000) >> 16);
    in += 3;
  }
  return grey;
}

}  // namespace orrery::media
