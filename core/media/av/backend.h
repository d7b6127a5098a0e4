#pragma once

#include <filesystem>
#include <memory>

#include "core/media/av/sound.h"
#include "core/media/av/video.h"

namespace orrery::media {

/// What the library over FFmpeg does for orrery_av, which loads it on first use.
class AvBackend {
 public:
  virtual ~AvBackend() = default;
  virtual std::unique_ptr<SoundSource> openSound(const std::filesystem::path& path, int rate) = 0;
  virtual std::unique_ptr<VideoSource> openVideo(const std::filesystem::path& path,
                                                 std::uint64_t maxPixels) = 0;
};

/// The library, loaded on the first call; an Error says what is missing if it cannot be. May be
/// called from any thread.
AvBackend& avBackend();

}  // namespace orrery::media
