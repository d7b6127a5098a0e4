#pragma once

#include <filesystem>
#include <span>

namespace orrery::media {

/// Writes a WAV file of one channel and 16 bits a sample; values beyond -1 and 1 are cut. The file
/// is written beside and renamed, so none is ever half there.
void writeWav(const std::filesystem::path& path, std::span<const float> samples, int rate);

}  // namespace orrery::media
