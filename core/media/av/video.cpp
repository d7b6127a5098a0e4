#include "core/media/av/video.h"

#include "core/base/error.h"
#include "core/media/av/backend.h"

namespace orrery::media {

VideoReader VideoReader::open(const std::filesystem::path& path, std::uint64_t maxPixels) {
  return VideoReader(avBackend().openVideo(path, maxPixels));
}

std::vector<std::int64_t> evenFrames(std::int64_t frames, std::int64_t count) {
  if (count < 1 || count > frames)
    throw Error(ErrorKind::kInvalidInput, "{} of {} frames were asked for; expected 1 to {}", count,
                frames, frames);
  std::vector<std::int64_t> indices;
  for (std::int64_t i = 0; i < count; ++i) indices.push_back(i * frames / count);
  return indices;
}

}  // namespace orrery::media
