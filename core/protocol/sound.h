#pragma once

#include <memory>
#include <optional>
#include <string>

#include "core/protocol/arrays.h"

/// Recordings as they are seen.
namespace orrery::protocol {

struct SoundOverviewResult {
  double seconds = 0;
  int rate = 0;  ///< samples a second, as stored
  int channels = 0;
  std::string codec;
  double peaksPerSecond = 0;
  double columnsPerSecond = 0;
  /// Content-Id of "low" and "high" [peaks], and "mel" [columns, bands], 0 to 1.
  std::optional<std::string> arrays;
  std::shared_ptr<const Arrays> arrayContent;  ///< what came under that id; does not travel here

  bool operator==(const SoundOverviewResult&) const = default;
  static void fields(auto& f, auto& self) {
    f("seconds", self.seconds);
    f.optional("rate", self.rate);
    f.optional("channels", self.channels);
    f.optional("codec", self.codec);
    f("peaks_per_second", self.peaksPerSecond);
    f("columns_per_second", self.columnsPerSecond);
    f("arrays", self.arrays);
  }
};

/// The waveform and the mel spectrogram of a whole file. Needs no model.
struct SoundOverviewParams {
  static constexpr auto kMethod = "sound/overview";
  using Result = SoundOverviewResult;

  std::string path;

  bool operator==(const SoundOverviewParams&) const = default;
  static void fields(auto& f, auto& self) { f("path", self.path); }
};

}  // namespace orrery::protocol
