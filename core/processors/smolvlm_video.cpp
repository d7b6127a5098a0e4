// SmolVLMVideoProcessor: frames resized to a longest edge, then to a square.

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

constexpr std::string_view kType = "SmolVLMVideoProcessor";
constexpr std::string_view kDefaults =
    R"({"size": {"longest_edge": 1456}, "max_image_size": {"longest_edge": 364}, "resample": 1,
        "image_mean": [0.5, 0.5, 0.5], "image_std": [0.5, 0.5, 0.5], "do_pad": true,
        "do_resize": true, "do_rescale": true, "do_normalize": true})";

class SmolVlmVideo : public VideoProcessor {
 public:
  SmolVlmVideo(Settings settings, const FrameSampling& sampling)
      : settings_(std::move(settings)), sampling_(sampling), map_(settings_) {}

  std::string_view type() const override { return kType; }

  std::vector<std::int64_t> sampledFrames(const VideoLength& length,
                                          const VideoOptions& options) const override {
    const FrameSampling sampling = withOptions(sampling_, options);
    if (!sampling.doSampleFrames) return allFrames(length);
    if (!sampling.numFrames || !sampling.fps)
      throw Error(ErrorKind::kInvalidInput, "num_frames and fps are needed to sample frames");
    if (!(length.framesPerSecond > 0))
      throw Error(ErrorKind::kInvalidInput, "the video does not tell its frames a second")
          .in("fps");
    const double seconds = static_cast<double>(length.frames) / length.framesPerSecond;
    const auto most = static_cast<double>(*sampling.numFrames);
    const double count = std::max(std::min(std::nearbyint(*sampling.fps * seconds), most), 1.0);
    return spread(span(length, seconds, most * *sampling.fps), static_cast<std::int64_t>(count));
  }

  std::map<std::string, at::Tensor> process(
      std::span<const std::vector<Image>> videos) const override {
    requireVideos(kType, videos);
    std::size_t longest = 0;
    for (const auto& video : videos) longest = std::max(longest, video.size());
    std::vector<at::Tensor> all;
    for (const auto& video : videos) {
      if (!settings_.doPad && video.size() != longest)
        throw Error(ErrorKind::kInvalidInput,
                    "videos of {} and {} frames go together only with do_pad", video.size(),
                    longest);
      all.push_back(framesOf(video, static_cast<std::int64_t>(longest)));
      if (all.back().sizes() != all.front().sizes())
        throw Error(ErrorKind::kInvalidInput, "videos of different sizes go together only resized");
    }
    at::Tensor pixels = at::stack(all);
    if (!settings_.doPad)
      return {{"pixel_values", map_.keepsBytes() ? pixels.to(at::kByte) : pixels}};
    // transformers marks the frames that were added, too.
    const at::Tensor mask =
        at::ones({pixels.size(0), pixels.size(1), pixels.size(3), pixels.size(4)}, at::kLong);
    return {{"pixel_values", map_.keepsBytes() ? pixels.to(at::kByte) : pixels},
            {"pixel_attention_mask", mask}};
  }

 private:
  /// The first frame and the last that may be taken: of long videos, all but a second at each end.
  static std::pair<std::int64_t, std::int64_t> span(const VideoLength& length, double seconds,
                                                    double enough) {
    constexpr double kSkipped = 1;
    const std::int64_t last = length.frames - 1;
    if (seconds - 2 * kSkipped <= enough) return {0, last};
    const auto first = static_cast<std::int64_t>(kSkipped * length.framesPerSecond);
    const auto end = static_cast<std::int64_t>(static_cast<double>(length.frames) -
                                               kSkipped * length.framesPerSecond);
    return first < std::min(end, last) ? std::pair{first, std::min(end, last)}
                                       : std::pair{std::int64_t{0}, last};
  }

  static std::vector<std::int64_t> spread(std::pair<std::int64_t, std::int64_t> ends,
                                          std::int64_t count) {
    const auto first = static_cast<double>(ends.first), last = static_cast<double>(ends.second);
    std::vector<std::int64_t> indices;
    for (std::int64_t i = 0; i < count; ++i) {
      const double step = count < 2 ? 0 : (last - first) / static_cast<double>(count - 1);
      const bool isEnd = i > 0 && i == count - 1;
      const double place = isEnd ? last : std::floor(static_cast<double>(i) * step + first);
      indices.push_back(static_cast<std::int64_t>(place));
    }
    indices.erase(std::unique(indices.begin(), indices.end()), indices.end());
    return indices;
  }

  Image prepared(const Image& frame) const {
    if (!settings_.doResize) return frame;
    constexpr int kLimit = 4096;
    const SizeSpec& size = settings_.size;
    const Size first = size.longestEdge > 0
                           ? withLongestEvenEdge(frame.size(), std::min(size.longestEdge, kLimit))
                           : size.exact();
    const int square = settings_.maxImageSize.longestEdge;
    const media::Arithmetic arithmetic = settings_.arithmetic();
    return resize(resize(frame, first, settings_.resample, arithmetic), {square, square},
                  settings_.resample, arithmetic);
  }

  /// float32 [count, channels, height, width]; zeros behind the video's frames.
  at::Tensor framesOf(const std::vector<Image>& video, std::int64_t count) const {
    at::Tensor frames;
    std::int64_t number = 0;
    for (const Image& frame : video) {
      const Image image = prepared(frame);
      if (!frames.defined()) frames = at::zeros({count, 3, image.height, image.width}, at::kFloat);
      writePlanes(image, map_, frames[number++]);
    }
    return frames;
  }

  Settings settings_;
  FrameSampling sampling_;
  ValueMap map_;
};

}  // namespace

std::unique_ptr<const VideoProcessor> makeSmolVlmVideo(const JsonField& file) {
  Json members = file.json();
  FrameSampling sampling = readSampling(file);
  if (const auto older = file.find("video_sampling")) {
    sampling.numFrames = older->require<std::int64_t>("max_frames");
    sampling.fps = older->require<double>("fps");
    if (!file.has("size")) members["size"] = (*older)["video_size"].json();
  }
  const Json defaults = Json::parse(kDefaults);
  Settings settings = readSettings(JsonField(members, file.name()), defaults, SizeStyle::kSquare,
                                   Backend::kTorchvision);
  return withContext(file.name(), [&] {
    requireSquares(settings);
    return std::make_unique<SmolVlmVideo>(std::move(settings), sampling);
  });
}

}  // namespace orrery::processors
