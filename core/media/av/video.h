#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
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
  double framesPerSecond = 0;  ///< on average
  std::int64_t frames = 0;     ///< counted, not estimated
  Size size;                   ///< upright, as shown
  std::string format, codec;   ///< FFmpeg's names
};

/// Where pictures come from; what FFmpeg's libraries implement.
class VideoSource {
 public:
  virtual ~VideoSource() = default;
  virtual const VideoInfo& info() const = 0;
  virtual std::int64_t frameAt(double seconds) const = 0;
  virtual std::vector<Image> frames(std::span<const std::int64_t> indices,
                                    const CancelToken& cancel) = 0;
};

/// Reads frames of the best picture track of a file: RGB, turned as the file's rotation says. Not
/// thread-safe. Errors name the file.
class VideoReader {
 public:
  /// Throws an Error of kind kNotFound if there is no such file, kInvalidInput if it is empty, no
  /// media file or without pictures, kUnsupported if it needs a decoder that FFmpeg here lacks.
  static VideoReader open(const std::filesystem::path& path);

  const VideoInfo& info() const { return source_->info(); }

  /// The frames with these numbers, which count from 0 in the order in which they are shown and may
  /// repeat, but must not go down.
  std::vector<Image> frames(std::span<const std::int64_t> indices, const CancelToken& cancel = {}) {
    return source_->frames(indices, cancel);
  }
  /// The frame that is shown at `seconds` from the start.
  Image frameAt(double seconds);

 private:
  explicit VideoReader(std::unique_ptr<VideoSource> source) : source_(std::move(source)) {}

  std::unique_ptr<VideoSource> source_;
};

}  // namespace orrery::media
