#pragma once

#include <filesystem>
#include <vector>

#include "core/base/job.h"
#include "core/media/av/sound.h"

namespace orrery::media {

/// A recording as it is seen as a whole: how far it swings, and what frequencies it has. Takes
/// some 6 MB, and 3 MB for each hour.
struct SoundOverview {
  SoundInfo info;
  double seconds = 0;  ///< as decoded
  double peaksPerSecond = 0;
  std::vector<float> low, high;  ///< of each step: the least and the greatest sample
  double columnsPerSecond = 0;   ///< at least one for each column of a large screen
  int bands = 0;                 ///< of a mel scale up to 8 kHz
  std::vector<float> mel;        ///< [columns, bands], 0 (70 dB below the loudest) to 1
};

/// Reads a whole file, in memory that does not hold its samples. Progress is told in seconds.
/// Throws what SoundReader throws, and an Error if there is no sound.
SoundOverview overviewOf(const std::filesystem::path& file, const JobContext& context = {});

}  // namespace orrery::media
