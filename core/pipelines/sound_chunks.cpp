#include <cmath>

#include "core/media/av/sound.h"
#include "core/pipelines/speech_recogniser.h"

namespace orrery::pipelines {

ChunkSamples ChunkSamples::of(const RecognitionOptions& options, int rate, std::int64_t alignment) {
  const auto samples = [&](double seconds) {
    // Half of an even number goes to the even one, as Python rounds.
    const double units = seconds * rate / static_cast<double>(alignment);
    return static_cast<std::int64_t>(std::nearbyint(units)) * alignment;
  };
  const auto [left, right] =
      options.strideSeconds.value_or(std::pair(options.chunkSeconds / 6, options.chunkSeconds / 6));
  const ChunkSamples size{samples(options.chunkSeconds), samples(left), samples(right)};
  if (size.length <= size.left + size.right)
    throw Error(
        ErrorKind::kInvalidInput,
        "expected overlaps of less than the {} seconds of a chunk together, found {} and {}",
        options.chunkSeconds, left, right)
        .in("options.stride_length_s");
  return size;
}

void forEachChunk(const std::filesystem::path& file, int rate, const ChunkSamples& size,
                  const std::function<void(const SoundChunk&)>& take) {
  auto reader = media::SoundReader::open(file, rate);
  const auto length = static_cast<std::size_t>(size.length);
  const auto step = static_cast<std::size_t>(size.length - size.left - size.right);
  std::vector<float> samples;
  for (bool first = true;; first = false) {
    // One more than the chunk has tells whether it is the last one.
    const std::size_t had = samples.size();
    samples.resize(length + 1);
    samples.resize(had + reader.read(std::span(samples).subspan(had)));
    const bool last = samples.size() <= length;
    if (first && samples.empty())
      throw Error(ErrorKind::kInvalidInput, "has no sound: there is not one sample in it")
          .in(file.string());
    SoundChunk chunk{{samples.begin(), samples.begin() + static_cast<std::ptrdiff_t>(
                                                             std::min(length, samples.size()))},
                     first ? 0 : size.left,
                     last ? 0 : size.right};
    if (static_cast<std::int64_t>(chunk.samples.size()) > chunk.left) take(chunk);
    if (last) return;
    samples.erase(samples.begin(), samples.begin() + static_cast<std::ptrdiff_t>(step));
  }
}

}  // namespace orrery::pipelines
