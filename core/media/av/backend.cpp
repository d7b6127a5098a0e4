#include "core/media/av/backend.h"

#include "core/media/library.h"

namespace orrery::media {

AvBackend& avBackend() {
  using MakeBackend = AvBackend* (*)();
  static const std::unique_ptr<AvBackend> backend(reinterpret_cast<MakeBackend>(libraryEntry(
      "liborrery_av_ffmpeg.so", "orreryMakeAvBackend", "no sound or video can be read"))());
  return *backend;
}

}  // namespace orrery::media
