#pragma once

#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "core/processors/settings.h"
#include "core/processors/video_processor.h"

namespace orrery::processors {

/// How frames are chosen, as files say it.
struct FrameSampling {
  bool doSampleFrames = false;
  std::optional<std::int64_t> numFrames{};
  std::optional<double> fps{};
};

FrameSampling readSampling(const JsonField& file);
/// The options of a call, and behind them the file's.
FrameSampling withOptions(const FrameSampling& sampling, const VideoOptions& options);

/// All frames of a video.
std::vector<std::int64_t> allFrames(const VideoLength& length);

/// An Error unless there are videos whose frames are RGB and of one size.
void requireVideos(std::string_view type, std::span<const std::vector<media::Image>> videos);

// What makes them, a file each.
std::unique_ptr<const VideoProcessor> makeQwen2VlVideo(const JsonField& file);
std::unique_ptr<const VideoProcessor> makeSmolVlmVideo(const JsonField& file);

}  // namespace orrery::processors
