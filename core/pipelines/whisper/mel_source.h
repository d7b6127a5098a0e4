#pragma once

#include <ATen/ATen.h>

#include <filesystem>
#include <memory>
#include <optional>
#include <vector>

#include "core/media/av/sound.h"
#include "core/processors/feature_extractor.h"

namespace orrery::pipelines {

/// Log-mel frames that a model of windows looks at.
struct MelWindow {
  at::Tensor features;      ///< [1, mel bins, frames of a window], 0 behind the end
  std::int64_t frames = 0;  ///< that count: those of a short sound all do, silence behind it too
  std::int64_t sound = 0;   ///< that hold sound; below 0: so many behind its end
};

/// The windows of one sound.
class MelSource {
 public:
  virtual ~MelSource() = default;
  /// The window that begins with `frame`, which never becomes less; nothing behind the end.
  virtual std::optional<MelWindow> at(std::int64_t frame) = 0;
};

/// How a feature extractor cuts windows.
struct MelShape {
  std::int64_t frames = 3000;  ///< of a window
  std::int64_t hop = 160;      ///< samples of a frame
  std::int64_t samples() const { return frames * hop; }
};

/// Samples that fit into one window.
std::unique_ptr<MelSource> shortSound(const std::vector<float>& samples,
                                      const processors::FeatureExtractor& extractor,
                                      const MelShape& shape);

/// A sound of any length, of which a window at a time is in memory. The loudest frame decides how
/// quiet a frame may be: that of the first ten minutes, and of what is read behind them.
std::unique_ptr<MelSource> longSound(const std::filesystem::path& file,
                                     const processors::FeatureExtractor& extractor,
                                     const MelShape& shape, const CancelToken& cancel);

}  // namespace orrery::pipelines
