#include "core/media/av/ffmpeg/video.h"

#include <algorithm>
#include <cmath>

#include "core/base/error.h"
#include "core/media/orientation.h"

namespace orrery::media::ffmpeg {
namespace {

/// What the file says of how its pictures are to be turned and mirrored, as EXIF counts.
int orientationOf(const AVStream& stream) {
  std::size_t size = 0;
  const std::uint8_t* data = av_stream_get_side_data(&stream, AV_PKT_DATA_DISPLAYMATRIX, &size);
  if (!data || size < 9 * sizeof(std::int32_t)) return 1;
  std::int32_t matrix[9];
  std::copy_n(data, sizeof matrix, reinterpret_cast<std::uint8_t*>(matrix));
  // x becomes matrix[0] x + matrix[3] y, y becomes matrix[1] x + matrix[4] y.
  const bool isTurned = std::abs(std::int64_t{matrix[1]}) > std::abs(std::int64_t{matrix[0]});
  if (isTurned) return matrix[1] > 0 ? (matrix[3] > 0 ? 5 : 6) : (matrix[3] > 0 ? 8 : 7);
  return matrix[0] < 0 ? (matrix[4] < 0 ? 3 : 2) : (matrix[4] < 0 ? 4 : 1);
}

double framesPerSecond(const AVStream& stream) {
  for (const AVRational rate : {stream.avg_frame_rate, stream.r_frame_rate})
    if (rate.num > 0 && rate.den > 0) return av_q2d(rate);
  return 0;
}

}  // namespace

VideoFile::VideoFile(std::filesystem::path path, std::uint64_t maxPixels)
    : path_(std::move(path)), maxPixels_(maxPixels) {
  withContext(path_.string(), [&] {
    reopen();
    const AVStream& stream = track_->stream();
    const AVCodecParameters& coded = *stream.codecpar;
    orientation_ = orientationOf(stream);
    info_ = {track_->seconds(),
             framesPerSecond(stream),
             0,
             {coded.height, coded.width},
             track_->format().iformat->name,
             avcodec_get_name(coded.codec_id)};
    if (orientation_ >= 5) std::swap(info_.size.height, info_.size.width);
    scan();
    reopen();
  });
}

void VideoFile::reopen() {
  frame_ = nullptr;
  decoded_ = 0;
  track_ =
      std::make_unique<Track>(path_, AVMEDIA_TYPE_VIDEO, static_cast<std::int64_t>(maxPixels_));
}

/// Counts the frames and notes when each is shown.
void VideoFile::scan() {
  constexpr std::int64_t kMostFrames = 50'000'000;
  bool areKnown = true;
  while (const AVPacket* packet = track_->nextPacket()) {
    if ((packet->flags & AV_PKT_FLAG_DISCARD) != 0) continue;
    if (++info_.frames > kMostFrames)
      throw Error(ErrorKind::kUnsupported, "has more than {} frames", kMostFrames);
    areKnown = areKnown && packet->pts != AV_NOPTS_VALUE;
    if (!areKnown) continue;
    times_.push_back(packet->pts);
    if ((packet->flags & AV_PKT_FLAG_KEY) != 0) keys_.push_back(packet->pts);
  }
  if (info_.frames == 0)
    throw Error(ErrorKind::kInvalidInput, "its picture track ({}) has no frames", info_.codec);
  std::ranges::sort(times_);
  std::ranges::sort(keys_);
  if (!areKnown || std::ranges::adjacent_find(times_) != times_.end()) times_.clear();
}

std::int64_t VideoFile::indexAt(double seconds) const {
  return withContext(path_.string(), [&] {
    if (!(seconds >= 0) || !std::isfinite(seconds))
      throw Error(ErrorKind::kInvalidInput, "has no frame at {} s", seconds);
    std::int64_t index = 0;
    if (times_.empty()) {
      index = static_cast<std::int64_t>(std::min(seconds * info_.framesPerSecond, 1e15));
    } else {
      const double ticks = std::min(seconds / av_q2d(track_->stream().time_base), 1e15);
      // A little more than asked for, since seconds are seldom whole ticks.
      const auto at = times_.front() + static_cast<std::int64_t>(ticks + 0.01);
      index = std::ranges::upper_bound(times_, at) - times_.begin() - 1;
    }
    return std::min(index, info_.frames - 1);
  });
}

bool VideoFile::advance() {
  frame_ = track_->next();
  if (frame_) ++decoded_;
  return frame_ != nullptr;
}

/// The first frame that is shown at `timestamp` or later; null if there is none.
const AVFrame* VideoFile::decodeAt(std::int64_t timestamp, const CancelToken& cancel) {
  const auto key = std::ranges::upper_bound(keys_, timestamp);
  const bool hasKey = key != keys_.begin();
  const bool isBehind = frame_ && frame_->best_effort_timestamp > timestamp;
  const bool isFar =
      hasKey && *(key - 1) > (frame_ ? frame_->best_effort_timestamp : times_.front());
  if ((isBehind || isFar) && !(hasKey && track_->seek(*(key - 1)))) reopen();
  if (isBehind || isFar) frame_ = nullptr;
  while (!frame_ || frame_->best_effort_timestamp < timestamp) {
    cancel.throwIfCancelled();
    if (!advance()) return nullptr;
  }
  return frame_;
}

const AVFrame* VideoFile::decode(std::int64_t index, const CancelToken& cancel) {
  if (!times_.empty()) return decodeAt(times_[static_cast<std::size_t>(index)], cancel);
  if (decoded_ > index + 1) reopen();
  while (decoded_ < index + 1) {
    cancel.throwIfCancelled();
    if (!advance()) return nullptr;
  }
  return frame_;
}

std::vector<Image> VideoFile::frames(std::span<const std::int64_t> indices,
                                     const CancelToken& cancel) {
  return withContext(path_.string(), [&] {
    constexpr double kMostBytes = 8e9;
    const double bytes =
        3.0 * info_.size.height * info_.size.width * static_cast<double>(indices.size());
    if (bytes > kMostBytes)
      throw Error(ErrorKind::kOutOfMemory, "{} frames of {} x {} pixels at once are too many",
                  indices.size(), info_.size.width, info_.size.height);
    std::vector<Image> images;
    std::int64_t before = 0;
    for (const std::int64_t index : indices) {
      if (index < before || index >= info_.frames)
        throw Error(ErrorKind::kInvalidInput,
                    "frame {} was asked for behind frame {}; there are {}, from 0 on", index,
                    before, info_.frames);
      if (!images.empty() && index == before) {
        images.push_back(images.back());
        continue;
      }
      before = index;
      const AVFrame* frame = decode(index, cancel);
      if (!frame)
        throw Error(ErrorKind::kInvalidInput, "frame {} of {} cannot be decoded", index,
                    info_.frames);
      images.push_back(upright(converter_.toRgb(*frame), orientation_));
    }
    return images;
  });
}

}  // namespace orrery::media::ffmpeg
