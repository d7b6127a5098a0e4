#include <gif_lib.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <memory>
#include <vector>

#include "core/base/error.h"
#include "core/media/codecs/codec.h"
#include "core/media/codecs/colour.h"

namespace orrery::media::codecs {
namespace {

struct Input {
  Bytes rest;
  bool ended = false;  ///< more was asked for than there is
};

int readInput(GifFileType* gif, GifByteType* out, int count) {
  auto& input = *static_cast<Input*>(gif->UserData);
  const std::size_t taken = std::min(input.rest.size(), static_cast<std::size_t>(count));
  input.ended |= taken < static_cast<std::size_t>(count);
  if (taken != 0) std::memcpy(out, input.rest.data(), taken);
  input.rest = input.rest.subspan(taken);
  return static_cast<int>(taken);
}

struct CloseGif {
  void operator()(GifFileType* gif) const { DGifCloseFile(gif, nullptr); }
};
using Gif = std::unique_ptr<GifFileType, CloseGif>;

[[noreturn]] void fail(const Input& input, int error) {
  if (input.ended) throwCutShort();
  const char* reason = GifErrorString(error);
  throwBroken(reason ? reason : "its blocks cannot be read");
}

/// What the blocks before the first picture tell.
struct Start {
  int transparent = -1;  ///< the index that stands for no colour, or -1
};

/// Goes on to the first picture's description.
Start findFirstPicture(GifFileType* gif, const Input& input) {
  Start start;
  for (;;) {
    GifRecordType type;
    if (DGifGetRecordType(gif, &type) == GIF_ERROR) fail(input, gif->Error);
    if (type == TERMINATE_RECORD_TYPE) throw Error(ErrorKind::kInvalidInput, "holds no picture");
    if (type == IMAGE_DESC_RECORD_TYPE) {
      if (DGifGetImageDesc(gif) == GIF_ERROR) fail(input, gif->Error);
      return start;
    }
    int code = 0;
    GifByteType* block = nullptr;
    if (DGifGetExtension(gif, &code, &block) == GIF_ERROR) fail(input, gif->Error);
    GraphicsControlBlock control;
    if (code == GRAPHICS_EXT_FUNC_CODE && block &&
        DGifExtensionToGCB(block[0], block + 1, &control) == GIF_OK)
      start.transparent = control.TransparentColor;
    while (block)
      if (DGifGetExtensionNext(gif, &block) == GIF_ERROR) fail(input, gif->Error);
  }
}

Palette paletteOf(const GifFileType* gif) {
  Palette palette;
  const ColorMapObject* map = gif->Image.ColorMap ? gif->Image.ColorMap : gif->SColorMap;
  // Without a palette indices are shades of grey.
  for (int i = 0; !map && i < 256; ++i) palette.colours[i].fill(static_cast<std::uint8_t>(i));
  for (int i = 0; map && i < std::min(map->ColorCount, 256); ++i)
    palette.colours[i] = {map->Colors[i].Red, map->Colors[i].Green, map->Colors[i].Blue};
  return palette;
}

/// The rows in the order of the file: every 8th, and so on, where they are interlaced.
std::vector<int> rowOrder(int height, bool interlaced) {
  std::vector<int> rows;
  rows.reserve(height);
  constexpr std::array<std::array<int, 2>, 4> kPasses{{{0, 8}, {4, 8}, {2, 4}, {1, 2}}};
  if (interlaced) {
    for (const auto& [first, step] : kPasses)
      for (int y = first; y < height; y += step) rows.push_back(y);
  } else {
    for (int y = 0; y < height; ++y) rows.push_back(y);
  }
  return rows;
}

}  // namespace

Decoded decodeGif(Bytes bytes, std::uint64_t maxPixels) {
  Input input{bytes};
  int error = 0;
  const Gif gif(DGifOpen(&input, readInput, &error));
  if (!gif) fail(input, error);
  const Start start = findFirstPicture(gif.get(), input);
  const GifImageDesc& frame = gif->Image;
  // A picture that leaves the screen makes it larger.
  const std::int64_t width =
      std::max<std::int64_t>(gif->SWidth, std::int64_t{frame.Left} + frame.Width);
  const std::int64_t height =
      std::max<std::int64_t>(gif->SHeight, std::int64_t{frame.Top} + frame.Height);
  Decoded decoded{.image = Image(checkedSize(width, height, maxPixels), 3)};
  Image& image = decoded.image;
  const Palette palette = paletteOf(gif.get());
  const auto& around = palette[static_cast<std::uint8_t>(std::max(start.transparent, 0))];
  for (std::size_t i = 0; i < image.pixels.size(); ++i) image.pixels[i] = around[i % 3];
  std::vector<GifPixelType> row(frame.Width);
  for (const int y : rowOrder(frame.Height, frame.Interlace)) {
    if (DGifGetLine(gif.get(), row.data(), frame.Width) == GIF_ERROR) fail(input, gif->Error);
    std::uint8_t* out = image.row(frame.Top + y) + 3 * static_cast<std::size_t>(frame.Left);
    for (const GifPixelType index : row) out = std::ranges::copy(palette[index], out).out;
  }
  return decoded;
}

}  // namespace orrery::media::codecs
