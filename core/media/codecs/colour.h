#pragma once

#include <algorithm>
#include <array>
#include <cstdint>

namespace orrery::media::codecs {

/// 256 colours of red, green, blue. Indices that a file gives no colour for are black, as Pillow
/// has them.
struct Palette {
  std::array<std::array<std::uint8_t, 3>, 256> colours{};
  const std::array<std::uint8_t, 3>& operator[](std::uint8_t index) const { return colours[index]; }
};

inline void putGrey(std::uint8_t* rgb, std::uint8_t value) {
  rgb[0] = rgb[1] = rgb[2] = value;
}

/// a * b / 255, rounded as Pillow rounds.
inline int times255(int a, int b) {
  const int product = a * b + 128;
  return ((product >> 8) + product) >> 8;
}

/// Subtractive colours to red, green, blue.
inline void putCmyk(std::uint8_t* rgb, const std::uint8_t* cmyk) {
  const int white = 255 - cmyk[3];
  for (int c = 0; c < 3; ++c)
    rgb[c] = static_cast<std::uint8_t>(std::clamp(white - times255(cmyk[c], white), 0, 255));
}

/// A colour that was multiplied with its alpha.
inline std::uint8_t unmultiplied(int value, int alpha) {
  if (alpha == 0 || alpha == 255) return static_cast<std::uint8_t>(value);
  return static_cast<std::uint8_t>(std::min(255, value * 255 / alpha));
}

}  // namespace orrery::media::codecs
