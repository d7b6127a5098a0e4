// Qwen2VLVideoProcessor: frames resized to an area between two, cut into patches of several frames.

#include <algorithm>
#include <cmath>

#include "core/base/error.h"
#include "core/processors/geometry.h"
#include "core/processors/pixels.h"
#include "core/processors/types.h"
#include "core/processors/video_types.h"

namespace orrery::processors {
namespace {

using media::Image;
using media::Size;

constexpr std::string_view kType = "Qwen2VLVideoProcessor";
constexpr std::string_view kDefaults =
    R"({"size": {"shortest_edge": 100352, "longest_edge": 602112}, "patch_size": 14,
        "temporal_patch_size": 2, "merge_size": 2, "resample": 3,
        "image_mean": [0.48145466, 0.4578275, 0.40821073],
        "image_std": [0.26862954, 0.26130258, 0.27577711],
        "do_resize": true, "do_rescale": true, "do_normalize": true})";

struct VideoLimits {
  FrameSampling sampling;
  std::int64_t minFrames = 4, maxFrames = 768;
  bool capsPixels = false;  ///< the area of all frames together is limited
  std::int64_t maxTokens = 128000;
};

class Qwen2VlVideo : public VideoProcessor {
 public:
  Qwen2VlVideo(Settings settings, const VideoLimits& limits)
      : settings_(std::move(settings)), limits_(limits), map_(settings_) {}

  std::string_view type() const override { return kType; }

  std::vector<std::int64_t> sampledFrames(const VideoLength& length,
                                          const VideoOptions& options) const override {
    if (options.numFrames && options.fps)
      throw Error(ErrorKind::kInvalidInput, "num_frames and fps exclude each other");
    const FrameSampling sampling = withOptions(limits_.sampling, options);
    if (!sampling.doSampleFrames) return allFrames(length);
    const std::int64_t count = sampledCount(length, sampling);
    if (count < 1 || count > length.frames)
      throw Error(ErrorKind::kInvalidInput,
                  "{} frames are to be taken of a video of {}; expected other num_frames or fps",
                  count, length.frames);
    // In the precision of transformers, where a product may be rounded up to a whole number.
    const auto frames = static_cast<double>(length.frames);
    const at::Tensor places =
        at::arange(0.0, frames, frames / static_cast<double>(count), at::kFloat).to(at::kLong);
    const auto* first = places.const_data_ptr<std::int64_t>();
    return {first, first + places.numel()};
  }

  std::map<std::string, at::Tensor> process(
      std::span<const std::vector<Image>> videos) const override {
    requireVideos(kType, videos);
    std::vector<at::Tensor> sequences, grids;
    for (const auto& video : videos) {
      const at::Tensor frames = framesOf(video);
      const std::int64_t patch = settings_.patchSize, times = settings_.temporalPatchSize;
      sequences.push_back(mergedPatches(frames, settings_));
      grids.push_back(at::tensor(
          {(frames.size(0) + times - 1) / times, frames.size(2) / patch, frames.size(3) / patch},
          at::kLong));
    }
    const at::Tensor pixels = at::cat(sequences);
    return {{"pixel_values_videos", map_.keepsBytes() ? pixels.to(at::kByte) : pixels},
            {"video_grid_thw", at::stack(grids)}};
  }

 private:
  std::int64_t sampledCount(const VideoLength& length, const FrameSampling& sampling) const {
    const std::int64_t times = settings_.temporalPatchSize;
    if (sampling.numFrames)
      return static_cast<std::int64_t>(std::nearbyint(static_cast<double>(*sampling.numFrames) /
                                                      static_cast<double>(times))) *
             times;
    if (!sampling.fps)
      throw Error(ErrorKind::kInvalidInput, "num_frames or fps is needed to sample frames");
    if (!(length.framesPerSecond > 0))
      throw Error(ErrorKind::kInvalidInput, "the video does not tell its frames a second")
          .in("fps");
    const std::int64_t most = std::min(limits_.maxFrames, length.frames) / times * times;
    const double wanted =
        static_cast<double>(length.frames) / length.framesPerSecond * *sampling.fps;
    const double within = std::min({std::max(wanted, static_cast<double>(limits_.minFrames)),
                                    static_cast<double>(most), static_cast<double>(length.frames)});
    return static_cast<std::int64_t>(within / static_cast<double>(times)) * times;
  }

  /// float32 [frames, channels, height, width]
  at::Tensor framesOf(const std::vector<Image>& video) const {
    const Size size = settings_.doResize ? sizeFor(video) : video.front().size();
    const int factor = settings_.patchSize * settings_.mergeSize;
    if (size.height % factor != 0 || size.width % factor != 0)
      throw Error(ErrorKind::kInvalidInput, "{} x {} pixels are not whole patches of {} pixels",
                  size.width, size.height, factor);
    at::Tensor frames = at::empty(
        {static_cast<std::int64_t>(video.size()), 3, size.height, size.width}, at::kFloat);
    std::int64_t number = 0;
    for (const Image& frame : video) {
      const at::Tensor planes = frames[number++];
      if (size == frame.size())
        writePlanes(frame, map_, planes);
      else
        writePlanes(resize(frame, size, settings_.resample, settings_.arithmetic()), map_, planes);
    }
    return frames;
  }

  Size sizeFor(const std::vector<Image>& video) const {
    Settings settings = settings_;
    if (limits_.capsPixels) {
      const std::int64_t factor = std::int64_t{settings_.patchSize} * settings_.mergeSize;
      const auto all =
          static_cast<std::int64_t>(static_cast<double>(limits_.maxTokens * factor * factor) * 0.9);
      const std::int64_t share =
          all * settings_.temporalPatchSize / static_cast<std::int64_t>(video.size());
      const auto least = static_cast<std::int64_t>(settings_.size.shortestEdge * 1.05);
      settings.size.longestEdge = static_cast<int>(
          std::max(std::min<std::int64_t>(settings_.size.longestEdge, share), least));
    }
    return resizedSize(ResizeRule::kPixels, settings, video.front().size());
  }

  Settings settings_;
  VideoLimits limits_;
  ValueMap map_;
};

std::int64_t countOf(const JsonField& file, std::string_view key, std::int64_t otherwise) {
  const auto value = file.get<std::int64_t>(key, otherwise);
  constexpr std::int64_t kMost = 1 << 30;
  if (value < 1 || value > kMost)
    throw file[key].error(fmt::format("expected 1 to {}, found {}", kMost, value));
  return value;
}

}  // namespace

std::unique_ptr<const VideoProcessor> makeQwen2VlVideo(const JsonField& file) {
  const Json defaults = Json::parse(kDefaults);
  Settings settings = readSettings(file, defaults, SizeStyle::kPixels, Backend::kTorchvision);
  const VideoLimits limits{.sampling = readSampling(file),
                           .minFrames = countOf(file, "min_frames", 4),
                           .maxFrames = countOf(file, "max_frames", 768),
                           .capsPixels = file.get<bool>("cap_pixels_per_frame", false),
                           .maxTokens = countOf(file, "max_video_tokens", 128000)};
  return withContext(file.name(), [&] {
    requireMergedPatches(settings);
    if (settings.doResize) requireSize(ResizeRule::kPixels, settings);
    return std::make_unique<Qwen2VlVideo>(std::move(settings), limits);
  });
}

}  // namespace orrery::processors
