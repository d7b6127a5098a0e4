extern "C" {
#include <libavutil/samplefmt.h>
#include <libswresample/swresample.h>
}

#include <array>

#include "core/base/error.h"
#include "core/media/av/ffmpeg/sound.h"

namespace orrery::media::ffmpeg {
namespace {

/// As many as FFmpeg's resampler takes.
constexpr int kMostChannels = 63;

/// Where channels have no names, those that so many usually have.
AVChannelLayout layoutOf(const AVFrame& frame) {
  AVChannelLayout layout{};
  const AVChannelLayout& given = frame.ch_layout;
  if (given.order == AV_CHANNEL_ORDER_NATIVE) {
    layout.order = given.order;
    layout.nb_channels = given.nb_channels;
    layout.u.mask = given.u.mask;
  } else {
    av_channel_layout_default(&layout, given.nb_channels);
  }
  return layout;
}

}  // namespace

Resampler::~Resampler() {
  reset();
}

void Resampler::reset() {
  swr_free(&context_);
}

/// False if FFmpeg does not know how to mix these channels.
bool Resampler::open(AVChannelLayout layout, const double* matrix) {
  swr_free(&context_);
  AVChannelLayout mono{};
  av_channel_layout_default(&mono, 1);
  const auto format = static_cast<AVSampleFormat>(kind_.format);
  int code = swr_alloc_set_opts2(&context_, &mono, AV_SAMPLE_FMT_FLT, rate_, &layout, format,
                                 kind_.rate, 0, nullptr);
  if (code >= 0 && matrix) code = swr_set_matrix(context_, matrix, layout.nb_channels);
  return code >= 0 && swr_init(context_) >= 0;
}

void Resampler::prepare(const AVFrame& frame) {
  const AVChannelLayout layout = layoutOf(frame);
  if (context_ && kind_.rate == frame.sample_rate && kind_.format == frame.format &&
      av_channel_layout_compare(&kind_.layout, &layout) == 0)
    return;
  constexpr int kLeastRate = 100, kMostRate = 1'000'000;
  if (frame.sample_rate < kLeastRate || frame.sample_rate > kMostRate)
    throw Error(ErrorKind::kUnsupported, "has {} samples a second; expected {} to {}",
                frame.sample_rate, kLeastRate, kMostRate);
  const int channels = frame.ch_layout.nb_channels;
  if (channels < 1 || channels > kMostChannels)
    throw Error(ErrorKind::kUnsupported, "has {} channels; expected 1 to {}", channels,
                kMostChannels);
  kind_ = {frame.sample_rate, frame.format, layout};
  if (open(layout, nullptr)) return;
  // Channels that nobody named are all of the same weight.
  std::array<double, kMostChannels> matrix;
  matrix.fill(1.0 / channels);
  AVChannelLayout any{};
  av_channel_layout_from_mask(&any, (std::uint64_t{1} << channels) - 1);
  if (!open(any, matrix.data()))
    throw Error(ErrorKind::kUnsupported, "{} channels at {} Hz cannot be resampled to {} Hz",
                channels, kind_.rate, rate_);
}

void Resampler::run(const std::uint8_t** data, int count, std::vector<float>& samples) {
  const int room = swr_get_out_samples(context_, count);
  if (room < 0) throw Error(ErrorKind::kOutOfMemory, "cannot be resampled: {}", reasonOf(room));
  const std::size_t filled = samples.size();
  samples.resize(filled + static_cast<std::size_t>(room));
  auto* out = reinterpret_cast<std::uint8_t*>(samples.data() + filled);
  const int made = swr_convert(context_, &out, room, data, count);
  if (made < 0) throw Error(ErrorKind::kOutOfMemory, "cannot be resampled: {}", reasonOf(made));
  samples.resize(filled + static_cast<std::size_t>(made));
}

void Resampler::convert(const AVFrame& frame, int skip, std::vector<float>& samples) {
  prepare(frame);
  if (skip >= frame.nb_samples) return;
  const auto format = static_cast<AVSampleFormat>(frame.format);
  const bool planar = av_sample_fmt_is_planar(format) != 0;
  const int channels = frame.ch_layout.nb_channels;
  const int step = av_get_bytes_per_sample(format) * (planar ? 1 : channels);
  std::array<const std::uint8_t*, kMostChannels> planes{};
  for (int i = 0; i < (planar ? channels : 1); ++i)
    planes[static_cast<std::size_t>(i)] = frame.extended_data[i] + std::ptrdiff_t{skip} * step;
  run(planes.data(), frame.nb_samples - skip, samples);
}

void Resampler::finish(std::vector<float>& samples) {
  if (!context_) return;
  std::size_t before = 0;
  do {
    before = samples.size();
    run(nullptr, 0, samples);
  } while (samples.size() > before);
}

}  // namespace orrery::media::ffmpeg
