#pragma once

#include <memory>
#include <vector>

namespace orrery::ui {

/// How far a signal swings, moment by moment, kept at ever coarser steps so that any stretch of it
/// is looked at in the time that its columns on the screen need.
class WavePyramid {
 public:
  struct Extent {
    float low = 0;
    float high = 0;
    bool operator==(const Extent&) const = default;
  };

  WavePyramid() = default;
  /// One extent for each step of a signal; `perSecond` of them make a second.
  WavePyramid(std::vector<Extent> steps, double perSecond);

  /// The extents of `columns` equal parts of the time from `begin` to `end` (seconds); where there
  /// is no signal, nothing of it swings.
  std::vector<Extent> look(double begin, double end, int columns) const;
  double seconds() const;

 private:
  std::vector<std::vector<Extent>> levels_;  ///< each has half the steps of the one before
  double perSecond_ = 1;
};

/// What frequencies a signal has: the power of mel bands, step by step, 0 (quiet) to 1.
struct SpectrumMap {
  int bands = 0;
  double perSecond = 1;
  std::vector<float> values;  ///< step by step, lowest band first

  int steps() const { return bands > 0 ? static_cast<int>(values.size()) / bands : 0; }
};

/// A recording as it is seen as a whole. Never changes.
struct SoundOverview {
  double seconds = 0;
  WavePyramid wave;
  SpectrumMap spectrum;
};

}  // namespace orrery::ui
