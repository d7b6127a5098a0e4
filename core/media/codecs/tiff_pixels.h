#pragma once

#include <cstdint>
#include <span>

#include "core/media/codecs/colour.h"

namespace orrery::media::codecs {

/// How the samples of a TIFF picture are stored and what they mean; the numbers are those of its
/// tags.
struct TiffLayout {
  int photometric = 0;
  int bits = 1;     ///< of a sample
  int samples = 1;  ///< of a pixel
  int format = 1;   ///< unsigned, signed or floating
  bool multipliedAlpha =
      false;  ///< the sample behind the colours is an alpha they are multiplied by
  Palette palette;

  /// Samples of a pixel that its colour depends on.
  int colourSamples() const;
  /// Throws an Error that says what is not read.
  void requireSupported() const;
};

using TiffRow = const std::uint8_t*;

/// One row of `width` pixels to RGB. `rows` is one row of all samples, or one row for each colour.
/// Numbers of several bytes are in the machine's order.
void convertTiffRow(const TiffLayout& layout, std::span<const TiffRow> rows, int width,
                    std::uint8_t* rgb);

}  // namespace orrery::media::codecs
