extern "C" {
#include <libswscale/swscale.h>
}

#include <cstring>
#include <new>

#include "core/base/error.h"
#include "core/media/av/ffmpeg/video.h"

namespace orrery::media::ffmpeg {

Converter::~Converter() {
  sws_freeContext(context_);
}

Image Converter::toRgb(const AVFrame& frame) {
  const auto format = static_cast<AVPixelFormat>(frame.format);
  context_ =
      sws_getCachedContext(context_, frame.width, frame.height, format, frame.width, frame.height,
                           AV_PIX_FMT_RGB24, SWS_BILINEAR, nullptr, nullptr, nullptr);
  if (!context_)
    throw Error(ErrorKind::kUnsupported, "{} x {} pixels of FFmpeg's format {} cannot be converted",
                frame.width, frame.height, frame.format);
  sws_setColorspaceDetails(context_, sws_getCoefficients(frame.colorspace),
                           frame.color_range == AVCOL_RANGE_JPEG ? 1 : 0,
                           sws_getCoefficients(SWS_CS_DEFAULT), 1, 0, 1 << 16, 1 << 16);
  // Rows of its own: the library writes a little beyond them.
  Handle<AVFrame> made(av_frame_alloc());
  if (!made) throw std::bad_alloc();
  made->format = AV_PIX_FMT_RGB24;
  made->width = frame.width;
  made->height = frame.height;
  if (av_frame_get_buffer(made.get(), 0) < 0) throw std::bad_alloc();
  sws_scale(context_, frame.data, frame.linesize, 0, frame.height, made->data, made->linesize);
  Image image(Size{frame.height, frame.width}, 3);
  for (int y = 0; y < image.height; ++y)
    std::memcpy(image.row(y), made->data[0] + std::ptrdiff_t{y} * made->linesize[0],
                image.rowBytes());
  return image;
}

}  // namespace orrery::media::ffmpeg
