#include "core/media/av/ffmpeg/sound.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "core/base/error.h"

namespace orrery::media::ffmpeg {

SoundFile::SoundFile(std::filesystem::path path, int rate)
    : path_(std::move(path)), rate_(rate), resampler_(rate) {
  withContext(path_.string(), [&] {
    reopen();
    const AVCodecParameters& coded = *track_->stream().codecpar;
    info_.seconds = track_->seconds();
    info_.format = track_->format().iformat->name;
    info_.codec = avcodec_get_name(coded.codec_id);
    decodeMore();
    if (ended_ && ready_.empty())
      throw Error(ErrorKind::kInvalidInput, "its sound track ({}) has no samples that can be read",
                  info_.codec);
  });
}

/// To the start of the file, as if nothing had been read.
void SoundFile::reopen() {
  track_ = std::make_unique<Track>(path_, AVMEDIA_TYPE_AUDIO);
  resampler_.reset();
  firstTimestamp_.reset();
  jumpTarget_.reset();
  ready_.clear();
  used_ = 0;
  unwanted_ = 0;
  ended_ = false;
}

/// The first frame tells more surely what the file holds than its header.
void SoundFile::noteFirst(const AVFrame& frame) {
  firstTimestamp_ = frame.best_effort_timestamp;
  info_.rate = frame.sample_rate;
  info_.channels = frame.ch_layout.nb_channels;
}

/// Decodes until there are samples that were asked for, or none are left.
void SoundFile::decodeMore() {
  ready_.clear();
  used_ = 0;
  while (ready_.empty() && !ended_) {
    if (const AVFrame* frame = track_->next()) {
      if (!firstTimestamp_) noteFirst(*frame);
      const int skip = jumpTarget_ ? alignAfterJump(*frame) : 0;
      resampler_.convert(*frame, skip, ready_);
    } else {
      ended_ = true;
      resampler_.finish(ready_);
    }
    const auto dropped = std::min(unwanted_, static_cast<std::int64_t>(ready_.size()));
    unwanted_ -= dropped;
    ready_.erase(ready_.begin(), ready_.begin() + dropped);
  }
}

std::size_t SoundFile::read(std::span<float> samples) {
  return withContext(path_.string(), [&] {
    std::size_t filled = 0;
    while (filled < samples.size()) {
      if (used_ == ready_.size()) decodeMore();
      if (used_ == ready_.size()) break;
      const std::size_t count = std::min(samples.size() - filled, ready_.size() - used_);
      std::copy_n(ready_.begin() + static_cast<std::ptrdiff_t>(used_), count,
                  samples.begin() + static_cast<std::ptrdiff_t>(filled));
      used_ += count;
      filled += count;
    }
    return filled;
  });
}

void SoundFile::seek(double seconds) {
  withContext(path_.string(), [&] {
    if (!(seconds >= 0) || !std::isfinite(seconds * rate_))
      throw Error(ErrorKind::kInvalidInput, "has no sample at {} s", seconds);
    const auto target = static_cast<std::int64_t>(std::llround(std::min(seconds, 1e9) * rate_));
    // Near the start, reading from there is as quick, and it is exact for every format.
    constexpr double kNear = 2;
    if (seconds > kNear && jump(target)) return;
    reopen();
    unwanted_ = target;
    decodeMore();
  });
}

/// Continues with output sample `target` from a place a little before it, so that the decoder and
/// the resampler have what they remember. False if this format cannot.
bool SoundFile::jump(std::int64_t target) {
  constexpr double kBefore = 0.5;
  if (!firstTimestamp_ || *firstTimestamp_ == AV_NOPTS_VALUE) return false;
  const double seconds = static_cast<double>(target) / rate_ - kBefore;
  const auto ticks = static_cast<std::int64_t>(seconds / av_q2d(track_->stream().time_base));
  if (!track_->seek(*firstTimestamp_ + ticks)) return false;
  resampler_.reset();
  jumpTarget_ = target;
  unwanted_ = 0;
  ended_ = false;
  decodeMore();
  if (!jumpTarget_) return true;
  jumpTarget_.reset();  // no frame came, or one behind the target
  return false;
}

/// Of the first frame after a jump, how many samples to leave out so that those that come out lie
/// where they would without the jump: all, if the next frame is to be asked.
int SoundFile::alignAfterJump(const AVFrame& frame) {
  if (frame.best_effort_timestamp == AV_NOPTS_VALUE || frame.sample_rate < 1)
    return frame.nb_samples;
  const double seconds = static_cast<double>(frame.best_effort_timestamp - *firstTimestamp_) *
                         av_q2d(track_->stream().time_base);
  const std::int64_t first = std::llround(seconds * frame.sample_rate);
  const std::int64_t divisor = std::gcd(frame.sample_rate, rate_);
  const std::int64_t step = frame.sample_rate / divisor;
  const std::int64_t skip = ((-first) % step + step) % step;
  const std::int64_t made = (first + skip) / step * (rate_ / divisor);
  ended_ = made > *jumpTarget_;
  if (ended_ || skip >= frame.nb_samples) return frame.nb_samples;
  unwanted_ = *jumpTarget_ - made;
  jumpTarget_.reset();
  return static_cast<int>(skip);
}

}  // namespace orrery::media::ffmpeg
