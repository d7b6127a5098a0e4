#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <vector>

#include "core/media/av/ffmpeg/container.h"
#include "core/media/av/video.h"

struct SwsContext;

namespace orrery::media::ffmpeg {

/// Frames of any pixel format to RGB.
class Converter {
 public:
  Converter() = default;
  ~Converter();
  Converter(const Converter&) = delete;
  Converter& operator=(const Converter&) = delete;

  Image toRgb(const AVFrame& frame);

 private:
  SwsContext* context_ = nullptr;
};

class VideoFile : public VideoSource {
 public:
  VideoFile(std::filesystem::path path, std::uint64_t maxPixels);

  const VideoInfo& info() const override { return info_; }
  std::int64_t indexAt(double seconds) const override;
  std::vector<Image> frames(std::span<const std::int64_t> indices,
                            const CancelToken& cancel) override;

 private:
  void scan();
  void reopen();
  const AVFrame* decode(std::int64_t index, const CancelToken& cancel);
  const AVFrame* decodeAt(std::int64_t timestamp, const CancelToken& cancel);
  bool advance();

  const std::filesystem::path path_;
  const std::uint64_t maxPixels_;
  VideoInfo info_;
  std::unique_ptr<Track> track_;
  Converter converter_;
  int orientation_ = 1;  ///< as EXIF counts
  /// Timestamps of all frames and of those that decoding can begin with, in order of showing;
  /// empty where the file does not tell them of each.
  std::vector<std::int64_t> times_, keys_;
  const AVFrame* frame_ = nullptr;  ///< the last that was decoded
  std::int64_t decoded_ = 0;        ///< how many were since the file was opened or moved in
};

}  // namespace orrery::media::ffmpeg
