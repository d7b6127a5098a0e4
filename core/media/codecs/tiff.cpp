#include <tiffio.h>

#include <algorithm>
#include <cmath>
#include <cstdarg>
#include <cstdio>
#include <cstring>
#include <memory>
#include <string>
#include <vector>

#include "core/base/error.h"
#include "core/media/codecs/codec.h"
#include "core/media/codecs/tiff_pixels.h"

namespace orrery::media::codecs {
namespace {

struct Input {
  Bytes bytes;
  std::uint64_t at = 0;
  std::string message;  ///< the first error that libtiff told of
};

tsize_t readInput(thandle_t handle, tdata_t out, tsize_t count) {
  auto& input = *static_cast<Input*>(handle);
  const std::uint64_t left =
      input.bytes.size() - std::min<std::uint64_t>(input.at, input.bytes.size());
  const std::uint64_t taken = std::min<std::uint64_t>(left, static_cast<std::uint64_t>(count));
  if (taken != 0) std::memcpy(out, input.bytes.data() + input.at, taken);
  input.at += taken;
  return static_cast<tsize_t>(taken);
}

toff_t seekInput(thandle_t handle, toff_t offset, int whence) {
  auto& input = *static_cast<Input*>(handle);
  if (whence == SEEK_CUR) offset += input.at;
  if (whence == SEEK_END) offset += input.bytes.size();
  return input.at = offset;
}

int keepError(TIFF*, void* data, const char*, const char* format, va_list arguments) {
  auto& input = *static_cast<Input*>(data);
  char text[200];
  std::vsnprintf(text, sizeof text, format, arguments);
  if (input.message.empty()) input.message = text;
  return 1;
}

using Tiff = std::unique_ptr<TIFF, decltype(&TIFFClose)>;

[[noreturn]] void fail(const Input& input) {
  throwBroken(input.message.empty() ? "its directory cannot be read" : input.message);
}

/// No more bytes than so many pixels of four samples of 32 bits are taken for a piece: the header
/// of a small file may say any number.
std::uint64_t largestPiece(std::uint64_t maxPixels) {
  return 16 * maxPixels;
}

Tiff openTiff(Input& input, std::uint64_t maxPixels) {
  const std::unique_ptr<TIFFOpenOptions, decltype(&TIFFOpenOptionsFree)> options(
      TIFFOpenOptionsAlloc(), TIFFOpenOptionsFree);
  TIFFOpenOptionsSetErrorHandlerExtR(options.get(), keepError, &input);
  TIFFOpenOptionsSetWarningHandlerExtR(
      options.get(), [](TIFF*, void*, const char*, const char*, va_list) { return 1; }, nullptr);
  constexpr std::uint64_t kLargest = 1 << 30;
  TIFFOpenOptionsSetMaxSingleMemAlloc(
      options.get(), static_cast<tmsize_t>(std::min(kLargest, largestPiece(maxPixels))));
  // "m": the bytes are read, not mapped.
  Tiff tiff(
      TIFFClientOpenExt(
          "image", "rm", &input, readInput,
          [](thandle_t, tdata_t, tsize_t) -> tsize_t { return 0; }, seekInput,
          [](thandle_t) { return 0; },
          [](thandle_t handle) -> toff_t { return static_cast<Input*>(handle)->bytes.size(); },
          nullptr, nullptr, options.get()),
      TIFFClose);
  if (!tiff) fail(input);
  return tiff;
}

std::uint16_t tag(TIFF* tiff, ttag_t name, std::uint16_t otherwise) {
  std::uint16_t value = otherwise;
  TIFFGetFieldDefaulted(tiff, name, &value);
  return value;
}

TiffLayout readLayout(TIFF* tiff) {
  TiffLayout layout;
  layout.photometric = tag(tiff, TIFFTAG_PHOTOMETRIC, PHOTOMETRIC_MINISWHITE);
  layout.bits = tag(tiff, TIFFTAG_BITSPERSAMPLE, 1);
  layout.samples = tag(tiff, TIFFTAG_SAMPLESPERPIXEL, 1);
  layout.format = tag(tiff, TIFFTAG_SAMPLEFORMAT, SAMPLEFORMAT_UINT);
  std::uint16_t extraCount = 0, *extras = nullptr;
  if (TIFFGetField(tiff, TIFFTAG_EXTRASAMPLES, &extraCount, &extras) && extraCount > 0)
    layout.multipliedAlpha = extras[0] == EXTRASAMPLE_ASSOCALPHA;
  if (layout.photometric == PHOTOMETRIC_PALETTE) {
    std::uint16_t *red, *green, *blue;
    if (!TIFFGetField(tiff, TIFFTAG_COLORMAP, &red, &green, &blue))
      throw Error(ErrorKind::kInvalidInput, "has no palette, which its colours refer to");
    for (int i = 0; i < 1 << std::min<int>(layout.bits, 8); ++i)
      layout.palette.colours[i] = {static_cast<std::uint8_t>(red[i] / 256),
                                   static_cast<std::uint8_t>(green[i] / 256),
                                   static_cast<std::uint8_t>(blue[i] / 256)};
  }
  return layout;
}

/// How the file cuts the picture: into tiles, or strips as wide as the picture.
struct Pieces {
  bool tiled;
  std::uint32_t width, height;
  std::size_t bytes, rowBytes;  ///< of one piece
};

Pieces piecesOf(TIFF* tiff, Size size, std::uint64_t maxPixels) {
  Pieces pieces{.tiled = TIFFIsTiled(tiff) != 0,
                .width = static_cast<std::uint32_t>(size.width),
                .height = static_cast<std::uint32_t>(size.height)};
  if (pieces.tiled) {
    TIFFGetField(tiff, TIFFTAG_TILEWIDTH, &pieces.width);
    TIFFGetField(tiff, TIFFTAG_TILELENGTH, &pieces.height);
    pieces.bytes = static_cast<std::size_t>(std::max<tmsize_t>(TIFFTileSize(tiff), 0));
    pieces.rowBytes = static_cast<std::size_t>(std::max<tmsize_t>(TIFFTileRowSize(tiff), 0));
  } else {
    std::uint32_t rows = pieces.height;
    TIFFGetFieldDefaulted(tiff, TIFFTAG_ROWSPERSTRIP, &rows);
    pieces.height = std::min(rows, pieces.height);
    pieces.bytes = static_cast<std::size_t>(std::max<tmsize_t>(TIFFStripSize(tiff), 0));
    pieces.rowBytes = static_cast<std::size_t>(std::max<tmsize_t>(TIFFScanlineSize(tiff), 0));
  }
  if (pieces.width == 0 || pieces.height == 0 || pieces.rowBytes == 0 ||
      pieces.bytes / pieces.rowBytes < pieces.height)
    throwBroken("its strips or tiles have no size");
  if (pieces.bytes > largestPiece(maxPixels))
    throw Error(ErrorKind::kUnsupported, "has strips or tiles of {} bytes; at most {} are read",
                pieces.bytes, largestPiece(maxPixels));
  return pieces;
}

/// The decoded bytes of the piece that begins at `x`, `y`, of one plane; at least `rows` rows.
void readPiece(TIFF* tiff, const Input& input, const Pieces& pieces, std::uint32_t x,
               std::uint32_t y, std::uint32_t rows, std::uint16_t plane,
               std::vector<std::uint8_t>& out) {
  const std::uint32_t number =
      pieces.tiled ? TIFFComputeTile(tiff, x, y, 0, plane) : TIFFComputeStrip(tiff, y, plane);
  const auto size = static_cast<tmsize_t>(out.size());
  const tmsize_t got = pieces.tiled ? TIFFReadEncodedTile(tiff, number, out.data(), size)
                                    : TIFFReadEncodedStrip(tiff, number, out.data(), size);
  if (got < 0) fail(input);
  if (static_cast<std::size_t>(got) < pieces.rowBytes * rows) throwCutShort();
}

void readPieces(TIFF* tiff, const Input& input, const TiffLayout& layout, const Pieces& pieces,
                Image& image) {
  const bool separate =
      tag(tiff, TIFFTAG_PLANARCONFIG, PLANARCONFIG_CONTIG) == PLANARCONFIG_SEPARATE;
  const int planes = separate ? layout.colourSamples() : 1;
  const int samples = separate ? 1 : layout.samples;
  if ((std::size_t{pieces.width} * samples * layout.bits + 7) / 8 > pieces.rowBytes)
    throwBroken("its rows are too short");
  std::vector<std::vector<std::uint8_t>> data(planes, std::vector<std::uint8_t>(pieces.bytes));
  std::vector<TiffRow> rows(planes);
  const auto width = static_cast<std::uint32_t>(image.width);
  const auto height = static_cast<std::uint32_t>(image.height);
  for (std::uint32_t y = 0; y < height; y += pieces.height) {
    const std::uint32_t count = std::min(pieces.height, height - y);
    for (std::uint32_t x = 0; x < width; x += pieces.width) {
      for (int plane = 0; plane < planes; ++plane)
        readPiece(tiff, input, pieces, x, y, count, static_cast<std::uint16_t>(plane), data[plane]);
      for (std::uint32_t row = 0; row < count; ++row) {
        for (int plane = 0; plane < planes; ++plane)
          rows[plane] = data[plane].data() + row * pieces.rowBytes;
        convertTiffRow(layout, rows, static_cast<int>(std::min(pieces.width, width - x)),
                       image.row(static_cast<int>(y + row)) + std::size_t{3} * x);
      }
    }
  }
}

/// Luminance and colour difference go through libtiff's own conversion.
void readConverted(TIFF* tiff, const Input& input, int orientation, Image& image) {
  std::vector<std::uint32_t> pixels(static_cast<std::size_t>(image.width) * image.height);
  if (!TIFFReadRGBAImageOriented(tiff, static_cast<std::uint32_t>(image.width),
                                 static_cast<std::uint32_t>(image.height), pixels.data(),
                                 orientation, 1))
    fail(input);
  std::uint8_t* out = image.pixels.data();
  for (const std::uint32_t pixel : pixels) {
    *out++ = static_cast<std::uint8_t>(TIFFGetR(pixel));
    *out++ = static_cast<std::uint8_t>(TIFFGetG(pixel));
    *out++ = static_cast<std::uint8_t>(TIFFGetB(pixel));
  }
}

}  // namespace

Decoded decodeTiff(Bytes bytes, std::uint64_t maxPixels) {
  Input input{.bytes = bytes};
  const Tiff tiff = openTiff(input, maxPixels);
  std::uint32_t width = 0, height = 0;
  TIFFGetField(tiff.get(), TIFFTAG_IMAGEWIDTH, &width);
  TIFFGetField(tiff.get(), TIFFTAG_IMAGELENGTH, &height);
  Decoded decoded{.image = Image(checkedSize(width, height, maxPixels), 3)};
  decoded.orientation = tag(tiff.get(), TIFFTAG_ORIENTATION, 1);
  if (decoded.orientation < 1 || decoded.orientation > 8) decoded.orientation = 1;
  const int photometric = tag(tiff.get(), TIFFTAG_PHOTOMETRIC, PHOTOMETRIC_MINISWHITE);
  const int compression = tag(tiff.get(), TIFFTAG_COMPRESSION, COMPRESSION_NONE);
  const bool jpeg = compression == COMPRESSION_JPEG;
  if (jpeg) TIFFSetField(tiff.get(), TIFFTAG_JPEGCOLORMODE, JPEGCOLORMODE_RGB);
  TiffLayout layout = readLayout(tiff.get());
  if (photometric == PHOTOMETRIC_YCBCR && layout.samples >= 3) {
    if (!jpeg) {
      readConverted(tiff.get(), input, decoded.orientation, decoded.image);
      return decoded;
    }
    layout.photometric = PHOTOMETRIC_RGB;  // libjpeg converts
  }
  layout.requireSupported();
  const Pieces pieces = piecesOf(tiff.get(), decoded.image.size(), maxPixels);
  readPieces(tiff.get(), input, layout, pieces, decoded.image);
  return decoded;
}

}  // namespace orrery::media::codecs
