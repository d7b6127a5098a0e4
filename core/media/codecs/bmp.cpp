#include <algorithm>
#include <array>
#include <bit>
#include <vector>

#include "core/base/error.h"
#include "core/media/codecs/codec.h"
#include "core/media/codecs/colour.h"

namespace orrery::media::codecs {
namespace {

enum Compression : std::uint32_t { kNone = 0, kRle8 = 1, kRle4 = 2, kBitfields = 3 };

struct Header {
  std::uint32_t infoBytes = 0, dataAt = 0, compression = kNone, colours = 0;
  std::uint32_t width = 0, height = 0;
  int bits = 0, paletteBytes = 4;  ///< bits of a pixel, bytes of a colour
  bool fromTop = false;
  std::array<std::uint32_t, 3> masks{};  ///< red, green, blue
};

std::uint32_t number(Bytes bytes, std::size_t at, int count) {
  if (at > bytes.size() || bytes.size() - at < static_cast<std::size_t>(count)) throwCutShort();
  std::uint32_t value = 0;
  for (int i = count - 1; i >= 0; --i) value = value << 8 | bytes[at + i];
  return value;
}

/// Where red, green and blue lie in a pixel, without or with masks in the file.
void readMasks(Bytes bytes, Header& header) {
  header.masks = header.bits == 16 ? std::array{0x7c00u, 0x3e0u, 0x1fu}
                                   : std::array{0xff0000u, 0xff00u, 0xffu};
  if (header.compression != kBitfields) return;
  std::array<std::uint32_t, 3> masks;
  for (int i = 0; i < 3; ++i) masks[i] = number(bytes, 54 + 4 * i, 4);
  if (masks == std::array{0u, 0u, 0u}) return;
  const bool bytewise = std::ranges::all_of(
      masks, [](std::uint32_t mask) { return mask == 0xffu << (std::countr_zero(mask) & 24); });
  const bool known = header.bits == 16
                         ? masks == std::array{0xf800u, 0x7e0u, 0x1fu} || masks == header.masks
                         : bytewise;
  if (!known)
    throw Error(ErrorKind::kUnsupported, "has colours at the bits {:x}, {:x} and {:x}", masks[0],
                masks[1], masks[2]);
  header.masks = masks;
}

void readLongHeader(Bytes bytes, Header& header) {
  header.width = number(bytes, 18, 4);
  header.height = number(bytes, 22, 4);
  header.fromTop = header.height >> 24 == 0xff;
  if (header.fromTop) header.height = 0u - header.height;
  header.bits = static_cast<int>(number(bytes, 28, 2));
  header.compression = number(bytes, 30, 4);
  header.colours = number(bytes, 46, 4);
}

Header readHeader(Bytes bytes) {
  constexpr std::array<std::uint32_t, 7> kSizes{12, 40, 52, 56, 64, 108, 124};
  constexpr std::array kBits{1, 4, 8, 16, 24, 32};
  Header header{.infoBytes = number(bytes, 14, 4), .dataAt = number(bytes, 10, 4)};
  if (std::ranges::find(kSizes, header.infoBytes) == kSizes.end())
    throw Error(ErrorKind::kUnsupported, "has a header of {} bytes, which is no known kind",
                header.infoBytes);
  if (header.infoBytes == 12) {
    header.width = number(bytes, 18, 2);
    header.height = number(bytes, 20, 2);
    header.bits = static_cast<int>(number(bytes, 24, 2));
    header.paletteBytes = 3;
  } else {
    readLongHeader(bytes, header);
  }
  if (std::ranges::find(kBits, header.bits) == kBits.end())
    throw Error(ErrorKind::kUnsupported, "has {} bits a pixel", header.bits);
  const bool runs = header.compression == kRle8 || header.compression == kRle4;
  if (header.compression > kBitfields || (runs && header.bits > 8) ||
      (header.compression == kBitfields && header.bits < 16))
    throw Error(ErrorKind::kUnsupported, "has compression {} with {} bits a pixel",
                header.compression, header.bits);
  if (header.bits > 8) readMasks(bytes, header);
  if (header.bits <= 8 && header.colours == 0) header.colours = 1u << header.bits;
  return header;
}

Palette readPalette(Bytes bytes, const Header& header) {
  Palette palette;
  for (std::uint32_t i = 0; i < std::min(header.colours, 256u); ++i) {
    const std::uint32_t colour =
        number(bytes, std::size_t{14} + header.infoBytes + i * header.paletteBytes, 3);
    for (int c = 0; c < 3; ++c)
      palette.colours[i][c] = static_cast<std::uint8_t>(colour >> (16 - 8 * c));
  }
  return palette;
}

/// Indices packed into bytes, the leftmost in the highest bits.
void convertIndices(const std::uint8_t* in, std::uint8_t* out, const Header& header,
                    const Palette& palette) {
  const int perByte = 8 / header.bits, mask = (1 << header.bits) - 1;
  for (std::uint32_t x = 0; x < header.width; ++x) {
    const int shift = 8 - header.bits * (1 + static_cast<int>(x % perByte));
    const auto index = static_cast<std::uint8_t>(in[x / perByte] >> shift & mask);
    out = std::ranges::copy(palette[index], out).out;
  }
}

void convertColours(const std::uint8_t* in, std::uint8_t* out, const Header& header) {
  const int pixelBytes = header.bits / 8;
  for (std::uint32_t x = 0; x < header.width; ++x, in += pixelBytes) {
    std::uint32_t pixel = 0;
    for (int i = pixelBytes - 1; i >= 0; --i) pixel = pixel << 8 | in[i];
    for (const std::uint32_t mask : header.masks) {
      const int shift = std::countr_zero(mask);
      *out++ = static_cast<std::uint8_t>(((pixel & mask) >> shift) * 255 / (mask >> shift));
    }
  }
}

void readPlain(Bytes bytes, const Header& header, const Palette& palette, Image& image) {
  const std::size_t stride = (std::size_t{header.width} * header.bits + 31) / 32 * 4;
  for (std::uint32_t i = 0; i < header.height; ++i) {
    const std::size_t at = header.dataAt + stride * i;
    const std::size_t needed = (std::size_t{header.width} * header.bits + 7) / 8;
    if (at > bytes.size() || bytes.size() - at < needed) throwCutShort();
    std::uint8_t* out = image.row(static_cast<int>(header.fromTop ? i : header.height - 1 - i));
    if (header.bits <= 8)
      convertIndices(bytes.data() + at, out, header, palette);
    else
      convertColours(bytes.data() + at, out, header);
  }
}

/// Runs of indices, row by row from where the file begins; what is skipped is index 0.
class RunReader {
 public:
  RunReader(Bytes bytes, const Header& header)
      : bytes_(bytes),
        at_(header.dataAt),
        nibbles_(header.compression == kRle4),
        width_(header.width),
        total_(std::size_t{header.width} * header.height) {
    indices_.reserve(total_);
  }

  std::vector<std::uint8_t> read() {
    while (indices_.size() < total_ && step()) {
    }
    if (indices_.size() < total_ && !ended_) throwCutShort();
    indices_.resize(total_);
    return std::move(indices_);
  }

 private:
  std::size_t column() const { return indices_.size() % width_; }
  void skip(std::size_t count) {
    indices_.resize(indices_.size() + std::min(count, total_ - indices_.size()));
  }
  std::uint8_t half(std::uint8_t byte, std::size_t i) const {
    return nibbles_ ? (i % 2 == 0 ? byte >> 4 : byte & 15) : byte;
  }
  /// One run or command; false at the end of the picture or of the data.
  bool step() {
    if (at_ > bytes_.size() || bytes_.size() - at_ < 2) return false;
    const std::uint8_t count = bytes_[at_], value = bytes_[at_ + 1];
    at_ += 2;
    if (count != 0) {
      const std::size_t fits = std::min<std::size_t>(count, width_ - column_);
      for (std::size_t i = 0; i < fits; ++i) indices_.push_back(half(value, i));
      column_ += fits;
      return true;
    }
    if (value == 0) {
      if (column() != 0) skip(width_ - column());
      column_ = 0;
      return true;
    }
    if (value == 1) {
      ended_ = true;
      return false;
    }
    return value == 2 ? move() : copy(value);
  }
  bool move() {
    if (bytes_.size() - at_ < 2) return false;
    skip(bytes_[at_] + std::size_t{bytes_[at_ + 1]} * width_);
    at_ += 2;
    column_ = column();
    return true;
  }
  bool copy(std::size_t wanted) {
    const std::size_t count = std::min(total_ - indices_.size(), wanted);
    const std::size_t stored = nibbles_ ? (count + 1) / 2 : count;
    if (bytes_.size() - at_ < stored) return false;
    for (std::size_t i = 0; i < count; ++i)
      indices_.push_back(half(bytes_[at_ + (nibbles_ ? i / 2 : i)], i));
    column_ = std::min<std::size_t>(column_ + wanted, width_);
    at_ += stored + (at_ + stored) % 2;
    return true;
  }

  Bytes bytes_;
  std::size_t at_;
  bool nibbles_, ended_ = false;
  std::size_t width_, total_, column_ = 0;
  std::vector<std::uint8_t> indices_;
};

void readRuns(Bytes bytes, const Header& header, const Palette& palette, Image& image) {
  const std::vector<std::uint8_t> indices = RunReader(bytes, header).read();
  const std::uint8_t* in = indices.data();
  for (int i = 0; i < image.height; ++i) {
    std::uint8_t* out = image.row(header.fromTop ? i : image.height - 1 - i);
    for (int x = 0; x < image.width; ++x) out = std::ranges::copy(palette[*in++], out).out;
  }
}

}  // namespace

Decoded decodeBmp(Bytes bytes, std::uint64_t maxPixels) {
  Header header = readHeader(bytes);
  Decoded decoded{.image = Image(checkedSize(header.width, header.height, maxPixels), 3)};
  const bool runs = header.compression == kRle8 || header.compression == kRle4;
  const std::size_t behindHeader = std::size_t{14} + header.infoBytes;
  Palette palette;
  if (header.bits <= 8) {
    palette = readPalette(bytes, header);
    // Some writers point at the palette instead of the picture behind it.
    if (header.dataAt == behindHeader) header.dataAt += header.colours * header.paletteBytes;
  }
  if (runs)
    readRuns(bytes, header, palette, decoded.image);
  else
    readPlain(bytes, header, palette, decoded.image);
  return decoded;
}

}  // namespace orrery::media::codecs
