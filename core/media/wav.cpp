#include "core/media/wav.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <string>

#include "core/base/error.h"
#include "core/base/file.h"

namespace orrery::media {
namespace {

void append(std::string& bytes, std::uint32_t value, int size) {
  for (int i = 0; i < size; ++i) bytes.push_back(static_cast<char>(value >> (8 * i)));
}

}  // namespace

void writeWav(const std::filesystem::path& path, std::span<const float> samples, int rate) {
  constexpr std::uint32_t kHeader = 44, kPcm = 1;
  constexpr std::size_t kMost = (UINT32_MAX - kHeader) / 2;
  if (samples.size() > kMost || rate < 1)
    throw Error(ErrorKind::kInvalidInput, "a WAV file cannot hold {} samples at {} Hz",
                samples.size(), rate)
        .in(path.string());
  const auto dataSize = static_cast<std::uint32_t>(2 * samples.size());
  const auto hertz = static_cast<std::uint32_t>(rate);
  std::string bytes = "RIFF";
  bytes.reserve(kHeader + dataSize);
  append(bytes, kHeader - 8 + dataSize, 4);
  bytes += "WAVEfmt ";
  append(bytes, 16, 4);
  append(bytes, kPcm, 2);
  append(bytes, 1, 2);  // channels
  append(bytes, hertz, 4);
  append(bytes, 2 * hertz, 4);  // bytes a second
  append(bytes, 2, 2);          // bytes a frame
  append(bytes, 16, 2);         // bits a sample
  bytes += "data";
  append(bytes, dataSize, 4);
  for (const float sample : samples) {
    // Not a number is silence.
    const float value =
        std::isnan(sample) ? 0.0F : std::clamp(sample * 32768.0F, -32768.0F, 32767.0F);
    append(bytes, static_cast<std::uint32_t>(std::lrint(value)), 2);
  }
  writeFileAtomically(path, bytes);
}

}  // namespace orrery::media
