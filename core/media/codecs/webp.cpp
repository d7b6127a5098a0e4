#include <webp/decode.h>
#include <webp/demux.h>

#include <algorithm>
#include <memory>

#include "core/base/error.h"
#include "core/media/codecs/codec.h"
#include "core/media/orientation.h"

namespace orrery::media::codecs {
namespace {

using Demuxer = std::unique_ptr<WebPDemuxer, decltype(&WebPDemuxDelete)>;
using Animation = std::unique_ptr<WebPAnimDecoder, decltype(&WebPAnimDecoderDelete)>;

/// The bytes of the first chunk of that name; empty if there is none.
Bytes chunk(const WebPDemuxer* demuxer, const char* name) {
  WebPChunkIterator found;
  if (!WebPDemuxGetChunk(demuxer, name, 1, &found)) return {};
  const Bytes bytes(found.chunk.bytes, found.chunk.size);  // lies in the file's own bytes
  WebPDemuxReleaseChunkIterator(&found);
  return bytes;
}

int orientationOf(const WebPDemuxer* demuxer) {
  const int found = exifOrientation(chunk(demuxer, "EXIF"));
  if (found != 0) return found;
  const Bytes xmp = chunk(demuxer, "XMP ");
  return xmpOrientation({reinterpret_cast<const char*>(xmp.data()), xmp.size()});
}

/// A still picture, straight into place.
void decodeStill(Bytes bytes, Image& image) {
  if (!WebPDecodeRGBInto(bytes.data(), bytes.size(), image.pixels.data(), image.pixels.size(),
                         static_cast<int>(image.rowBytes())))
    throwBroken("its picture cannot be decoded");
}

/// The first frame on its canvas.
void decodeFirstFrame(const WebPData& data, Image& image) {
  WebPAnimDecoderOptions options;
  WebPAnimDecoderOptionsInit(&options);
  options.color_mode = MODE_RGBA;
  const Animation animation(WebPAnimDecoderNew(&data, &options), WebPAnimDecoderDelete);
  std::uint8_t* canvas = nullptr;
  int time = 0;
  if (!animation || !WebPAnimDecoderGetNext(animation.get(), &canvas, &time))
    throwBroken("its first frame cannot be decoded");
  std::uint8_t* out = image.pixels.data();
  for (std::size_t i = 0; i < image.pixels.size() / 3; ++i, canvas += 4)
    out = std::copy_n(canvas, 3, out);
}

}  // namespace

Decoded decodeWebp(Bytes bytes, std::uint64_t maxPixels) {
  const WebPData data{bytes.data(), bytes.size()};
  WebPDemuxState state = WEBP_DEMUX_PARSING_HEADER;
  const Demuxer demuxer(WebPDemuxPartial(&data, &state), WebPDemuxDelete);
  if (!demuxer || state == WEBP_DEMUX_PARSE_ERROR) throwBroken("its chunks cannot be read");
  const Size size = checkedSize(WebPDemuxGetI(demuxer.get(), WEBP_FF_CANVAS_WIDTH),
                                WebPDemuxGetI(demuxer.get(), WEBP_FF_CANVAS_HEIGHT), maxPixels);
  if (state != WEBP_DEMUX_DONE) throwCutShort();
  Decoded decoded{.image = Image(size, 3), .orientation = orientationOf(demuxer.get())};
  if (WebPDemuxGetI(demuxer.get(), WEBP_FF_FORMAT_FLAGS) & ANIMATION_FLAG)
    decodeFirstFrame(data, decoded.image);
  else
    decodeStill(bytes, decoded.image);
  return decoded;
}

}  // namespace orrery::media::codecs
