#pragma once

#include <ATen/ATen.h>

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/json.h"
#include "core/media/image.h"

namespace orrery::processors {

/// How long a video is.
struct VideoLength {
  std::int64_t frames = 0;
  double framesPerSecond = 0;  ///< 0: not known
};

/// The arguments of transformers' video processors; empty ones are as the processor's file says.
struct VideoOptions {
  std::optional<bool> doSampleFrames{};  ///< false: all frames
  std::optional<std::int64_t> numFrames{};
  std::optional<double> fps{};
};

/// A video processor of transformers: frames to what a model is given. Immutable, so threads may
/// share it.
///
///     const auto processor = VideoProcessor::load(folder);
///     const auto& info = reader.info();
///     const auto indices = processor->sampledFrames({info.frames, info.framesPerSecond});
///     std::vector<std::vector<media::Image>> videos{reader.frames(indices)};
///     const auto tensors = processor->process(videos);
class VideoProcessor {
 public:
  virtual ~VideoProcessor() = default;

  /// The processor of a model folder: from processor_config.json, video_preprocessor_config.json
  /// or, for older models, preprocessor_config.json. An Error names the file and the field that is
  /// missing, of another type or unknown.
  static std::unique_ptr<const VideoProcessor> load(const std::filesystem::path& folder);

  /// The same from the members of a file. `folder` may hold the model's config.json, which tells
  /// the type where the file does not.
  static std::unique_ptr<const VideoProcessor> fromFile(const JsonField& file,
                                                        const std::filesystem::path& folder);

  /// transformers' class, e.g. "Qwen2VLVideoProcessor".
  virtual std::string_view type() const = 0;

  /// The numbers of the frames that the model shall see, in order. An Error if there are too few.
  virtual std::vector<std::int64_t> sampledFrames(const VideoLength& length,
                                                  const VideoOptions& options = {}) const = 0;

  /// The tensors for at least one video, each of at least one RGB frame, all of one size, by
  /// transformers' names: pixel_values_videos and video_grid_thw (Qwen2VL), pixel_values [videos,
  /// frames, channels, height, width] and pixel_attention_mask (SmolVLM).
  virtual std::map<std::string, at::Tensor> process(
      std::span<const std::vector<media::Image>> videos) const = 0;
};

/// Whether the folder's files describe a video processor that is known here.
bool hasVideoProcessor(const std::filesystem::path& folder);

}  // namespace orrery::processors
