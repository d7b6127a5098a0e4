#include "core/media/codecs/tiff_pixels.h"

#include <tiff.h>

#include <algorithm>
#include <cstring>

#include "core/base/error.h"

namespace orrery::media::codecs {
namespace {

/// A number of the machine's order at any address.
template <class T>
T load(const std::uint8_t* at) {
  T value;
  std::memcpy(&value, at, sizeof value);
  return value;
}

/// The `index`-th sample of a row as 8 bits: grey of few bits is spread over the whole range, of
/// many is cut.
std::uint8_t greySample(const TiffLayout& layout, const std::uint8_t* row, std::size_t index) {
  if (layout.bits <= 8) {
    const std::size_t bit = index * layout.bits;
    const int mask = (1 << layout.bits) - 1;
    const int value = row[bit / 8] >> (8 - layout.bits - static_cast<int>(bit % 8)) & mask;
    return static_cast<std::uint8_t>(
        layout.photometric == PHOTOMETRIC_PALETTE ? value : value * (255 / mask));
  }
  const std::uint8_t* at = row + index * (layout.bits / 8);
  if (layout.format == SAMPLEFORMAT_IEEEFP) {
    const float value = load<float>(at);
    return value > 0 ? static_cast<std::uint8_t>(std::min(value, 255.0f)) : 0;
  }
  const bool isSigned = layout.format == SAMPLEFORMAT_INT;
  if (layout.bits == 16)
    return static_cast<std::uint8_t>(isSigned ? std::clamp<int>(load<std::int16_t>(at), 0, 255)
                                              : std::min<int>(load<std::uint16_t>(at), 255));
  return static_cast<std::uint8_t>(std::clamp(load<std::int32_t>(at), 0, 255));
}

/// The `index`-th sample of a row of colours: of 16 bits the high ones.
std::uint8_t colourSample(const TiffLayout& layout, const std::uint8_t* row, std::size_t index) {
  return layout.bits == 16 ? static_cast<std::uint8_t>(load<std::uint16_t>(row + 2 * index) >> 8)
                           : row[index];
}

void convertGrey(const TiffLayout& layout, const std::uint8_t* row, int width, std::uint8_t* rgb) {
  // Pillow turns few bits round, many not.
  const bool inverted = layout.photometric == PHOTOMETRIC_MINISWHITE && layout.bits <= 8;
  for (int x = 0; x < width; ++x, rgb += 3) {
    const std::uint8_t value =
        greySample(layout, row, static_cast<std::size_t>(x) * layout.samples);
    if (layout.photometric == PHOTOMETRIC_PALETTE)
      std::ranges::copy(layout.palette[value], rgb);
    else
      putGrey(rgb, inverted ? 255 - value : value);
  }
}

}  // namespace

int TiffLayout::colourSamples() const {
  if (photometric == PHOTOMETRIC_SEPARATED) return 4;
  if (photometric == PHOTOMETRIC_RGB) return multipliedAlpha ? 4 : 3;
  return 1;
}

void TiffLayout::requireSupported() const {
  const bool grey = photometric == PHOTOMETRIC_MINISWHITE ||
                    photometric == PHOTOMETRIC_MINISBLACK || photometric == PHOTOMETRIC_YCBCR;
  const bool indexed = photometric == PHOTOMETRIC_PALETTE;
  const bool coloured = photometric == PHOTOMETRIC_RGB || photometric == PHOTOMETRIC_SEPARATED;
  if (!grey && !indexed && !coloured)
    throw Error(ErrorKind::kUnsupported, "has colours of kind {} (PhotometricInterpretation)",
                photometric);
  const bool few = bits == 1 || bits == 2 || bits == 4 || bits == 8;
  const bool whole =
      format == SAMPLEFORMAT_UINT || format == SAMPLEFORMAT_INT || format == SAMPLEFORMAT_VOID;
  const bool fits = coloured  ? whole && (bits == 8 || bits == 16)
                    : indexed ? whole && few
                              : (whole && (few || bits == 16 || bits == 32)) ||
                                    (format == SAMPLEFORMAT_IEEEFP && bits == 32);
  if (!fits || samples < colourSamples() || samples > 16)
    throw Error(ErrorKind::kUnsupported, "has {} samples of {} bits (SampleFormat {}) a pixel",
                samples, bits, format);
}

void convertTiffRow(const TiffLayout& layout, std::span<const TiffRow> rows, int width,
                    std::uint8_t* rgb) {
  const int colours = layout.colourSamples();
  if (colours == 1) return convertGrey(layout, rows[0], width, rgb);
  const bool separate = rows.size() > 1;
  for (int x = 0; x < width; ++x, rgb += 3) {
    std::uint8_t values[4];
    for (int c = 0; c < colours; ++c)
      values[c] = separate ? colourSample(layout, rows[c], x)
                           : colourSample(layout, rows[0],
                                          static_cast<std::size_t>(x) * layout.samples + c);
    if (layout.photometric == PHOTOMETRIC_SEPARATED) {
      putCmyk(rgb, values);
    } else {
      for (int c = 0; c < 3; ++c)
        rgb[c] = layout.multipliedAlpha ? unmultiplied(values[c], values[3]) : values[c];
    }
  }
}

}  // namespace orrery::media::codecs
