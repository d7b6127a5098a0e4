#include "core/media/orientation.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <optional>

namespace orrery::media {
namespace {

constexpr int kOrientationTag = 0x0112;

/// Numbers of a TIFF structure in its own byte order; nothing where the data end.
class TiffNumbers {
 public:
  explicit TiffNumbers(std::span<const std::uint8_t> data) : data_(data) {
    valid_ = data.size() >= 8 && (std::memcmp(data.data(), "II*\0", 4) == 0 ||
                                  std::memcmp(data.data(), "MM\0*", 4) == 0);
    little_ = valid_ && data[0] == 'I';
  }
  bool valid() const { return valid_; }
  std::optional<std::uint32_t> read(std::size_t at, int bytes) const {
    if (at > data_.size() || data_.size() - at < static_cast<std::size_t>(bytes))
      return std::nullopt;
    std::uint32_t value = 0;
    for (int i = 0; i < bytes; ++i) value = value << 8 | data_[at + (little_ ? bytes - 1 - i : i)];
    return value;
  }

 private:
  std::span<const std::uint8_t> data_;
  bool valid_ = false, little_ = false;
};

/// Bytes of the integer types that an orientation may have; 0 for others.
int integerBytes(std::uint32_t type) {
  constexpr std::uint32_t kShort = 3, kLong = 4, kSignedShort = 8, kSignedLong = 9;
  if (type == kShort || type == kSignedShort) return 2;
  return type == kLong || type == kSignedLong ? 4 : 0;
}

/// `to(y, x)` says where in the source the pixel at y, x of the result is.
template <class Source>
Image rearranged(const Image& image, Size size, Source source) {
  Image result(size, image.channels);
  std::uint8_t* out = result.pixels.data();
  for (int y = 0; y < size.height; ++y) {
    for (int x = 0; x < size.width; ++x, out += image.channels) {
      const auto [sourceY, sourceX] = source(y, x);
      const std::uint8_t* in =
          image.row(sourceY) + static_cast<std::size_t>(sourceX) * image.channels;
      std::copy_n(in, image.channels, out);
    }
  }
  return result;
}

}  // namespace

int exifOrientation(std::span<const std::uint8_t> exif) {
  constexpr std::array<std::uint8_t, 6> kPrefix{'E', 'x', 'i', 'f', 0, 0};
  for (int i = 0; i < 2; ++i)
    if (exif.size() >= kPrefix.size() && std::equal(kPrefix.begin(), kPrefix.end(), exif.begin()))
      exif = exif.subspan(kPrefix.size());
  const TiffNumbers numbers(exif);
  if (!numbers.valid()) return 0;
  const std::size_t directory = *numbers.read(4, 4);
  const auto entries = numbers.read(directory, 2);
  for (std::size_t i = 0; entries && i < *entries; ++i) {
    const std::size_t entry = directory + 2 + 12 * i;
    const auto tag = numbers.read(entry, 2);
    if (!tag) return 0;
    if (*tag != kOrientationTag) continue;
    const int bytes = integerBytes(numbers.read(entry + 2, 2).value_or(0));
    return bytes == 0 ? 0 : static_cast<int>(numbers.read(entry + 8, bytes).value_or(0) & 0xffff);
  }
  return 0;
}

int xmpOrientation(std::string_view xmp) {
  constexpr std::string_view kName = "tiff:Orientation";
  for (std::size_t at = xmp.find(kName); at != xmp.npos; at = xmp.find(kName, at + 1)) {
    std::string_view rest = xmp.substr(at + kName.size());
    if (rest.starts_with("=\""))
      rest.remove_prefix(2);
    else if (rest.starts_with(">"))
      rest.remove_prefix(1);
    else
      continue;
    if (!rest.empty() && rest[0] >= '0' && rest[0] <= '9') return rest[0] - '0';
  }
  return 0;
}

Image upright(Image image, int orientation) {
  const int lastY = image.height - 1, lastX = image.width - 1;
  const Size same = image.size(), turned{image.width, image.height};
  using At = std::array<int, 2>;
  switch (orientation) {
    case 2:
      return rearranged(image, same, [=](int y, int x) { return At{y, lastX - x}; });
    case 3:
      return rearranged(image, same, [=](int y, int x) { return At{lastY - y, lastX - x}; });
    case 4:
      return rearranged(image, same, [=](int y, int x) { return At{lastY - y, x}; });
    case 5:
      return rearranged(image, turned, [=](int y, int x) { return At{x, y}; });
    case 6:
      return rearranged(image, turned, [=](int y, int x) { return At{lastY - x, y}; });
    case 7:
      return rearranged(image, turned, [=](int y, int x) { return At{lastY - x, lastX - y}; });
    case 8:
      return rearranged(image, turned, [=](int y, int x) { return At{x, lastX - y}; });
    default:
      return image;
  }
}

}  // namespace orrery::media
