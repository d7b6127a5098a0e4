#include <algorithm>
#include <cmath>
#include <numbers>
#include <vector>

#include "core/base/error.h"
#include "core/processors/spectrogram.h"

namespace orrery::processors {
namespace {

// Slaney's scale is straight up to 1000 Hz and logarithmic above.
constexpr double kLogHertz = 1000, kLogMel = 15, kSteps = 27;

double toMel(double hertz, MelScale scale) {
  if (scale == MelScale::kHtk) return 2595 * std::log10(1 + hertz / 700);
  if (scale == MelScale::kKaldi) return 1127 * std::log(1 + hertz / 700);
  if (hertz < kLogHertz) return 3 * hertz / 200;
  return kLogMel + std::log(hertz / kLogHertz) * kSteps / std::log(6.4);
}

double toHertz(double mel, MelScale scale) {
  if (scale == MelScale::kHtk) return 700 * (std::pow(10, mel / 2595) - 1);
  if (scale == MelScale::kKaldi) return 700 * (std::exp(mel / 1127) - 1);
  if (mel < kLogMel) return 200 * mel / 3;
  return kLogHertz * std::exp(std::log(6.4) / kSteps * (mel - kLogMel));
}

double between(double first, double last, int index, int count) {
  return count < 2 ? first : first + (last - first) * index / (count - 1);
}

}  // namespace

at::Tensor melFilterBank(const MelFilters& filters, int bins, int samplingRate) {
  if (!(filters.minFrequency < filters.maxFrequency))
    throw Error(ErrorKind::kInvalidInput, "mel bands from {} Hz to {} Hz are no range",
                filters.minFrequency, filters.maxFrequency);
  const MelScale scale = filters.scale;
  const double lowest = toMel(filters.minFrequency, scale);
  const double highest = toMel(filters.maxFrequency, scale);
  std::vector<double> corners;  // of the triangles, where they are straight
  for (int i = 0; i < filters.bands + 2; ++i) {
    const double mel = between(lowest, highest, i, filters.bands + 2);
    corners.push_back(filters.inMelSpace ? mel : toHertz(mel, scale));
  }
  at::Tensor weights = at::zeros({bins, filters.bands}, at::kDouble);
  auto values = weights.accessor<double, 2>();
  for (int bin = 0; bin < bins; ++bin) {
    const double width = samplingRate / ((bins - 1) * 2.0);
    const double at =
        filters.inMelSpace ? toMel(width * bin, scale) : between(0, samplingRate / 2, bin, bins);
    for (int band = 0; band < filters.bands; ++band) {
      const auto i = static_cast<std::size_t>(band);
      const double up = (at - corners[i]) / (corners[i + 1] - corners[i]);
      const double down = (corners[i + 2] - at) / (corners[i + 2] - corners[i + 1]);
      const double norm = filters.slaneyNorm ? 2 / (corners[i + 2] - corners[i]) : 1;
      values[bin][band] = std::max(0.0, std::min(up, down)) * norm;
    }
  }
  return weights;
}

at::Tensor windowFunction(int length, std::string_view name, bool periodic) {
  const bool isHann = name == "hann" || name == "hann_window", isPovey = name == "povey";
  const bool isHamming = name == "hamming" || name == "hamming_window";
  if (!isHann && !isPovey && !isHamming && name != "boxcar")
    throw Error(ErrorKind::kUnsupported,
                "{} is no known window; there are hann, hamming, boxcar and povey", quoted(name));
  at::Tensor window = at::ones({length}, at::kDouble);
  if (name == "boxcar" || (length < 2 && !periodic)) return window;
  auto values = window.accessor<double, 1>();
  const double middle = isHamming ? 0.54 : 0.5;
  for (int i = 0; i < length; ++i) {
    const double angle = 2 * std::numbers::pi * i / (periodic ? length : length - 1);
    const double value = middle - (1 - middle) * std::cos(angle);
    values[i] = isPovey ? std::pow(std::max(value, 0.0), 0.85) : value;
  }
  return window;
}

at::Tensor mfcc(const at::Tensor& logMel, std::int64_t count) {
  const std::int64_t bands = logMel.size(0);
  if (count < 1 || count > bands)
    throw Error(ErrorKind::kInvalidInput, "{} coefficients of {} mel bands; expected 1 to {}",
                count, bands, bands);
  at::Tensor cosines = at::empty({count, bands}, at::kDouble);
  auto values = cosines.accessor<double, 2>();
  const auto size = static_cast<double>(bands);
  for (std::int64_t i = 0; i < count; ++i)
    for (std::int64_t band = 0; band < bands; ++band)
      values[i][band] = std::sqrt((i == 0 ? 1 : 2) / size) *
                        std::cos(std::numbers::pi * static_cast<double>(i) *
                                 (2.0 * static_cast<double>(band) + 1) / (2 * size));
  return at::mm(cosines, logMel.to(at::kDouble)).to(at::kFloat);
}

}  // namespace orrery::processors
