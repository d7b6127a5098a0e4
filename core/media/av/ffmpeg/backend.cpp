#include "core/media/av/backend.h"

extern "C" {
#include <libavutil/log.h>
}

#include "core/media/av/ffmpeg/sound.h"
#include "core/media/av/ffmpeg/video.h"

namespace orrery::media::ffmpeg {
namespace {

class Backend : public AvBackend {
 public:
  Backend() { av_log_set_level(AV_LOG_QUIET); }

  std::unique_ptr<SoundSource> openSound(const std::filesystem::path& path, int rate) override {
    return std::make_unique<SoundFile>(path, rate);
  }
  std::unique_ptr<VideoSource> openVideo(const std::filesystem::path& path,
                                         std::uint64_t maxPixels) override {
    return std::make_unique<VideoFile>(path, maxPixels);
  }
};

}  // namespace
}  // namespace orrery::media::ffmpeg

extern "C" orrery::media::AvBackend* orreryMakeAvBackend() {
  return new orrery::media::ffmpeg::Backend();
}
