#include "core/processors/spectrogram.h"

#include <ATen/CPUGeneratorImpl.h>

#include <algorithm>

#include "core/base/error.h"

namespace orrery::processors {
namespace {

/// Frames that are transformed at a time: what they need stays in the caches.
constexpr std::int64_t kBlock = 512;

at::Tensor decibels(const at::Tensor& values, const SpectrogramSettings& settings) {
  const double factor = settings.power == 2 ? 10 : 20;
  const double reference = std::max(settings.minValue, settings.reference);
  at::Tensor made = values.clamp_min(settings.minValue).log10();
  made = (made - std::log10(reference)).mul_(factor);
  if (settings.dbRange) made.clamp_min_(made.max().item<double>() - *settings.dbRange);
  return made;
}

}  // namespace

Spectrogram::Spectrogram(const SpectrogramSettings& settings, const at::Tensor& window,
                         const at::Tensor& filters)
    : settings_(settings), window_(window.to(settings.precision)) {
  if (filters.defined()) filters_ = filters.to(settings.precision).t().contiguous();
}

std::int64_t Spectrogram::frames(std::int64_t samples) const {
  if (samples < 1) return 0;
  const std::int64_t padded = samples + (settings_.center ? settings_.frameLength / 2 * 2 : 0);
  return padded < settings_.frameLength
             ? 0
             : 1 + (padded - settings_.frameLength) / settings_.hopLength;
}

at::Tensor reflected(const at::Tensor& samples, std::int64_t count) {
  const std::int64_t length = samples.numel();
  if (length > count)
    return at::reflection_pad1d(samples.reshape({1, 1, length}), {count, count}).reshape({-1});
  // Mirrored more than once: a sound there and back is a period.
  at::Tensor places = at::arange(-count, length + count);
  if (length == 1) return samples.index_select(0, at::zeros_like(places));
  const std::int64_t last = length - 1;
  places = (places.remainder(2 * last) - last).abs_().neg_().add_(last);
  return samples.index_select(0, places);
}

/// [frames, frameLength] as the transform takes them.
at::Tensor Spectrogram::framed(const at::Tensor& samples) const {
  at::Tensor frames = samples;
  if (settings_.removeDcOffset) frames = frames - frames.mean(1, true);
  if (settings_.preemphasis != 0) {
    const at::Tensor before = at::cat({frames.narrow(1, 0, 1), frames.slice(1, 0, -1)}, 1);
    frames = frames - before.mul_(settings_.preemphasis);
  }
  return frames * window_;
}

at::Tensor Spectrogram::magnitudes(const at::Tensor& frames) const {
  const at::Tensor spectrum = at::fft_rfft(framed(frames), settings_.fftLength);
  const at::Tensor power = at::view_as_real(spectrum).square_().sum(-1);
  return settings_.power == 1 ? power.sqrt() : power;
}

void Spectrogram::scale(at::Tensor& values) const {
  switch (settings_.log) {
    case LogScale::kNone:
      break;
    case LogScale::kNatural:
      values.log_();
      break;
    case LogScale::kTen:
      values.log10_();
      break;
    case LogScale::kDecibel:
      values = decibels(values, settings_);
  }
}

at::Tensor Spectrogram::compute(const at::Tensor& sound, std::uint64_t seed) const {
  const std::int64_t count = frames(sound.numel());
  if (count < 1)
    throw Error(ErrorKind::kInvalidInput, "a sound of {} samples is too short: a frame has {}",
                sound.numel(), settings_.frameLength);
  at::Tensor samples = sound.to(settings_.precision);
  if (settings_.dither != 0)
    samples = samples +
              at::randn(samples.sizes(), at::detail::createCPUGenerator(seed), samples.options())
                  .mul_(settings_.dither);
  if (settings_.center) samples = reflected(samples, settings_.frameLength / 2);
  const at::Tensor all =
      samples.contiguous().as_strided({count, settings_.frameLength}, {settings_.hopLength, 1});
  const std::int64_t rows = filters_.defined() ? filters_.size(0) : settings_.fftLength / 2 + 1;
  at::Tensor result = at::empty({rows, count}, at::kFloat);
  for (std::int64_t first = 0; first < count; first += kBlock) {
    const std::int64_t length = std::min(kBlock, count - first);
    at::Tensor values = magnitudes(all.narrow(0, first, length)).t();
    if (filters_.defined()) values = at::mm(filters_, values).clamp_min_(settings_.melFloor);
    // Decibels below the loudest of all wait for the others.
    if (!settings_.dbRange) scale(values);
    result.narrow(1, first, length).copy_(values);
  }
  if (settings_.dbRange) {
    at::Tensor whole = result.to(settings_.precision);
    scale(whole);
    result = whole.to(at::kFloat);
  }
  return result;
}

}  // namespace orrery::processors
