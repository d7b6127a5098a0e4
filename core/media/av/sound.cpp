#include "core/media/av/sound.h"

#include <algorithm>
#include <cmath>

#include "core/base/error.h"
#include "core/media/av/backend.h"

namespace orrery::media {

SoundReader SoundReader::open(const std::filesystem::path& path, int rate) {
  constexpr int kMostRate = 768'000;
  if (rate < 1 || rate > kMostRate)
    throw Error(ErrorKind::kInvalidInput, "expected a rate of 1 to {}, found {}", kMostRate, rate)
        .in(path.string());
  return SoundReader(avBackend().openSound(path, rate));
}

std::vector<float> readSound(const std::filesystem::path& path, int rate,
                             const JobContext& context) {
  constexpr double kMostSeconds = 12 * 3600;
  SoundReader reader = SoundReader::open(path, rate);
  const double seconds = std::clamp(reader.info().seconds, 0.0, kMostSeconds);
  ProgressMeter meter("reading", "seconds", seconds, context.progress);
  const auto piece = static_cast<std::size_t>(rate);  // a second
  std::vector<float> samples;
  // A header may claim anything: memory is taken in advance for half an hour only.
  samples.reserve(static_cast<std::size_t>((std::min(seconds, 1800.0) + 1) * rate));
  for (std::size_t count = piece; count == piece;) {
    context.cancel.throwIfCancelled();
    const std::size_t filled = samples.size();
    if (static_cast<double>(filled) > kMostSeconds * rate)
      throw Error(ErrorKind::kOutOfMemory, "is longer than 12 hours").in(path.string());
    samples.resize(filled + piece);
    count = reader.read(std::span(samples).subspan(filled));
    samples.resize(filled + count);
    meter.advanceTo(static_cast<double>(samples.size()) / rate);
  }
  meter.finish();
  return samples;
}

std::size_t SoundReader::read(std::span<float> samples) {
  const std::size_t count = source_->read(samples);
  // Files of floating-point samples may hold NaN and infinities, which would spread over all that
  // is computed from them.
  for (float& sample : samples.first(count))
    if (!std::isfinite(sample)) sample = 0;
  return count;
}

}  // namespace orrery::media
