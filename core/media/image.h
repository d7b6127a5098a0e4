#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace orrery::media {

/// Rows and columns, in transformers' order.
struct Size {
  int height = 0;
  int width = 0;
  bool operator==(const Size&) const = default;
};

/// A picture of 8 bits a sample: rows from the top, samples of a pixel side by side, no gaps.
/// 3 channels are red, green, blue; 1 channel is grey.
struct Image {
  int height = 0;
  int width = 0;
  int channels = 3;
  std::vector<std::uint8_t> pixels;

  Image() = default;
  /// All zero.
  Image(Size size, int channelCount)
      : height(size.height),
        width(size.width),
        channels(channelCount),
        pixels(static_cast<std::size_t>(size.height) * size.width * channelCount) {}

  Size size() const { return {height, width}; }
  std::size_t rowBytes() const { return static_cast<std::size_t>(width) * channels; }
  const std::uint8_t* row(int y) const { return pixels.data() + rowBytes() * y; }
  std::uint8_t* row(int y) { return pixels.data() + rowBytes() * y; }
};

}  // namespace orrery::media
