#pragma once

#include <ATen/ATen.h>

#include <cstdint>
#include <optional>
#include <string_view>

namespace orrery::processors {

enum class MelScale { kHtk, kSlaney, kKaldi };

/// Triangles that gather the bins of a spectrum into bands of equal width on a scale of hearing.
struct MelFilters {
  int bands = 0;
  double minFrequency = 0, maxFrequency = 0;  ///< Hz
  MelScale scale = MelScale::kHtk;
  bool slaneyNorm = false;  ///< each triangle has the same area
  bool inMelSpace = false;  ///< triangles are straight on the scale, not in Hz
};

/// The weights as transformers' mel_filter_bank makes them, float64 [bins, bands]. `bins` is half
/// the length of the transform plus one. An Error if the frequencies are no range.
at::Tensor melFilterBank(const MelFilters& filters, int bins, int samplingRate);

/// transformers' window_function, float64 [length]: "hann", "hamming", "boxcar" or "povey", the
/// first two with or without "_window". An Error if `name` is none of these.
at::Tensor windowFunction(int length, std::string_view name, bool periodic = true);

/// What becomes of the values of a spectrogram at the end.
enum class LogScale { kNone, kNatural, kTen, kDecibel };

/// The settings of transformers' spectrogram.
struct SpectrogramSettings {
  int frameLength = 0, hopLength = 0;
  int fftLength = 0;       ///< at least frameLength: frames are filled up with zeros
  int power = 1;           ///< of the absolute values: 1 or 2
  bool center = true;      ///< the sound is mirrored at both ends by half a frame
  double dither = 0;       ///< noise added to each sample, its standard deviation
  double preemphasis = 0;  ///< how much of the sample before is taken off each
  bool removeDcOffset = false;
  double melFloor = 1e-10;  ///< least value of a mel band
  LogScale log = LogScale::kNone;
  double reference = 1, minValue = 1e-10;  ///< decibels: what is 0, and the least value
  std::optional<double> dbRange{};         ///< decibels: the least below the loudest
  /// What is computed with: transformers uses float64, but float32 for Whisper.
  at::ScalarType precision = at::kDouble;
};

/// Spectrograms of mono sounds. Immutable, so threads may share it.
class Spectrogram {
 public:
  /// `window` [frameLength]; `filters` [fftLength / 2 + 1, bands], undefined for all bins.
  Spectrogram(const SpectrogramSettings& settings, const at::Tensor& window,
              const at::Tensor& filters);

  /// Frames of a sound of so many samples; 0 if it is too short for one.
  std::int64_t frames(std::int64_t samples) const;

  /// float32 [bands or bins, frames] of `sound` [samples]. `seed` decides the dither. An Error if
  /// the sound is too short for one frame.
  at::Tensor compute(const at::Tensor& sound, std::uint64_t seed = 0) const;

 private:
  at::Tensor framed(const at::Tensor& samples) const;
  at::Tensor magnitudes(const at::Tensor& frames) const;
  void scale(at::Tensor& values) const;

  SpectrogramSettings settings_;
  at::Tensor window_;
  at::Tensor filters_;  ///< [bands, bins]
};

/// `samples` [n] with `count` more at each end, mirrored at the first and last as often as needed.
at::Tensor reflected(const at::Tensor& samples, std::int64_t count);

/// Mel-frequency cepstral coefficients [count, frames]: the first of the orthonormal cosine
/// transform (DCT-II) of each frame of `logMel` [bands, frames].
at::Tensor mfcc(const at::Tensor& logMel, std::int64_t count);

}  // namespace orrery::processors
