#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "core/base/cancel.h"
#include "core/media/image.h"

namespace orrery::media {

/// What a file says of its pictures.
struct VideoInfo {
  double seconds = 0;          ///< 0 where the file says nothing
  double framesPerSecond = 0;  ///< on average; 0 where the file says nothing
  std::int64_t frames = 0;     ///< counted, not estimated
  Size size;                   ///< upright, as frames come out
  std::string format, codec;   ///< FFmpeg's names: "mov,mp4,m4a,3gp,3g2,mj2", "h264"
};

/// Where frames come from; what FFmpeg's libraries implement.
class VideoSource {
 public:
  virtual ~VideoSource() = default;
  virtual const VideoInfo& info() const = 0;
  virtual std::int64_t indexAt(double seconds) const = 0;
  virtual std::vector<Image> frames(std::span<const std::int64_t> indices,
                                    const CancelToken& cancel) = 0;
};

/// Reads frames of the best picture track of a file: RGB, turned and mirrored as the file says.
/// Only the frames that were asked for are kept. Not thread-safe. Errors name the file.
///
///     VideoReader reader = VideoReader::open("clip.mp4");
///     std::vector<Image> some = reader.frames(evenFrames(reader.info().frames, 8));
class VideoReader {
 public:
  /// Reads the whole file once, to count its frames, and decodes none. Throws an Error of kind
  /// kNotFound if there is no such file, kInvalidInput if it is empty, no media file, without
  /// pictures or has frames of more than `maxPixels`, kUnsupported if FFmpeg here lacks the
  /// decoder.
  static VideoReader open(const std::filesystem::path& path, std::uint64_t maxPixels = 8192 * 4320);

  const VideoInfo& info() const { return source_->info(); }

  /// The number of the frame that is shown at `seconds` from the first.
  std::int64_t indexAt(double seconds) const { return source_->indexAt(seconds); }

  /// The frames with these numbers, which count from 0 in the order of showing; they may repeat,
  /// but must not go down. An Error if there is no such frame or it cannot be decoded.
  std::vector<Image> frames(std::span<const std::int64_t> indices, const CancelToken& cancel = {}) {
    return source_->frames(indices, cancel);
  }

 private:
  explicit VideoReader(std::unique_ptr<VideoSource> source) : source_(std::move(source)) {}

  std::unique_ptr<VideoSource> source_;
};

/// `count` of `frames` at even distances, from the first on: transformers' default sampling. An
/// Error if there are fewer.
std::vector<std::int64_t> evenFrames(std::int64_t frames, std::int64_t count);

}  // namespace orrery::media
