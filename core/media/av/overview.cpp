#include "core/media/av/overview.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <complex>
#include <numbers>

#include "core/base/error.h"

namespace orrery::media {
namespace {

constexpr int kRate = 16000;
constexpr int kStep = kRate / 100;  // samples of a peak and of a column
constexpr std::size_t kWindow = 512;
constexpr int kBands = 64;
constexpr std::size_t kMostColumns = 24000;  // at most; above it two become one
constexpr float kRange = 7;                  // powers of ten from quiet to loud

using Spectrum = std::array<std::complex<float>, kWindow>;

double melOf(double hertz) {
  return 2595 * std::log10(1 + hertz / 700);
}
double hertzOf(double mel) {
  return 700 * (std::pow(10, mel / 2595) - 1);
}

/// Powers of mel bands of short stretches.
class MelBands {
 public:
  MelBands() {
    for (std::size_t i = 0; i < kWindow; ++i) {
      const double turn = 2 * std::numbers::pi * static_cast<double>(i) / kWindow;
      window_[i] = static_cast<float>(0.5 - 0.5 * std::cos(turn));
      turns_[i] = std::polar(1.0F, static_cast<float>(-turn));
    }
    const double highest = melOf(kRate / 2.0);
    for (std::size_t i = 0; i < edges_.size(); ++i)
      edges_[i] = hertzOf(highest * static_cast<double>(i) / (kBands + 1)) * kWindow / kRate;
  }

  /// Adds the base-ten logarithms of the powers around the middle of `samples` (kWindow of them).
  void append(const float* samples, std::vector<float>& values) {
    for (std::size_t i = 0; i < kWindow; ++i) bins_[reversed(i)] = samples[i] * window_[i];
    transform();
    for (int band = 0; band < kBands; ++band) values.push_back(power(band));
  }

 private:
  static std::size_t reversed(std::size_t i) {
    std::size_t result = 0;
    for (std::size_t bit = 1; bit < kWindow; bit *= 2) result = 2 * result + ((i & bit) != 0);
    return result;
  }
  // The fast Fourier transform of bins in reversed order.
  void transform() {
    for (std::size_t half = 1; half < kWindow; half *= 2)
      for (std::size_t begin = 0; begin < kWindow; begin += 2 * half)
        for (std::size_t i = 0; i < half; ++i) {
          const auto odd = bins_[begin + half + i] * turns_[i * (kWindow / (2 * half))];
          bins_[begin + half + i] = bins_[begin + i] - odd;
          bins_[begin + i] += odd;
        }
  }
  float power(int band) const {
    const double left = edges_[static_cast<std::size_t>(band)];
    const double middle = edges_[static_cast<std::size_t>(band) + 1];
    const double right = edges_[static_cast<std::size_t>(band) + 2];
    double sum = 0;
    // Low bands are narrower than a bin: the nearest one speaks for them.
    const auto first = static_cast<std::size_t>(std::floor(std::min(left + 1, middle)));
    const auto last = static_cast<std::size_t>(std::max(right, middle + 0.5));
    for (std::size_t bin = first; bin <= std::min(last, kWindow / 2); ++bin) {
      const double place = static_cast<double>(bin);
      const double weight =
          place < middle ? (place - left) / (middle - left) : (right - place) / (right - middle);
      sum += std::max(bin == first ? 1e-2 : 0.0, weight) * std::norm(bins_[bin]);
    }
    return static_cast<float>(std::log10(sum + 1e-10));
  }

  std::array<float, kWindow> window_{};
  std::array<std::complex<float>, kWindow> turns_{};
  std::array<double, kBands + 2> edges_{};  ///< of the bands, in bins
  Spectrum bins_{};
};

/// Puts two neighbours together: the louder one counts.
void halve(std::vector<float>& columns) {
  const std::size_t count = columns.size() / kBands;
  for (std::size_t i = 0; i < (count + 1) / 2; ++i)
    for (std::size_t band = 0; band < kBands; ++band) {
      const float one = columns[2 * i * kBands + band];
      const float other = 2 * i + 1 < count ? columns[(2 * i + 1) * kBands + band] : one;
      columns[i * kBands + band] = std::max(one, other);
    }
  columns.resize((count + 1) / 2 * kBands);
}

/// Takes samples as they come.
class Overviewer {
 public:
  void take(const std::vector<float>& samples, std::size_t count) {
    for (std::size_t i = 0; i < count; i += kStep) {
      const auto [low, high] = std::minmax_element(
          samples.begin() + static_cast<std::ptrdiff_t>(i),
          samples.begin() + static_cast<std::ptrdiff_t>(std::min(count, i + kStep)));
      result_.low.push_back(*low);
      result_.high.push_back(*high);
    }
    heard_ += count;
    recent_.insert(recent_.end(), samples.begin(),
                   samples.begin() + static_cast<std::ptrdiff_t>(count));
    for (; next_ + kWindow <= recent_.size(); next_ += stride_) column(recent_.data() + next_);
    const std::size_t past = std::min(next_, recent_.size());
    recent_.erase(recent_.begin(), recent_.begin() + static_cast<std::ptrdiff_t>(past));
    next_ -= past;
  }

  SoundOverview finish() {
    result_.seconds = static_cast<double>(heard_) / kRate;
    result_.peaksPerSecond = static_cast<double>(kRate) / kStep;
    result_.columnsPerSecond = static_cast<double>(kRate) / static_cast<double>(stride_);
    result_.bands = kBands;
    if (result_.mel.empty()) {  // shorter than a window
      recent_.resize(kWindow);
      column(recent_.data());
    }
    const float loudest = *std::ranges::max_element(result_.mel);
    for (float& value : result_.mel) value = std::clamp(1 + (value - loudest) / kRange, 0.0F, 1.0F);
    return std::move(result_);
  }

 private:
  void column(const float* samples) {
    bands_.append(samples, result_.mel);
    if (result_.mel.size() < kMostColumns * kBands) return;
    halve(result_.mel);
    stride_ *= 2;
  }

  SoundOverview result_;
  MelBands bands_;
  std::vector<float> recent_;   ///< samples that a later column needs
  std::size_t next_ = 0;        ///< where in them the next column begins
  std::size_t stride_ = kStep;  ///< samples from column to column
  std::size_t heard_ = 0;
};

}  // namespace

SoundOverview overviewOf(const std::filesystem::path& file, const JobContext& context) {
  SoundReader reader = SoundReader::open(file, kRate);
  ProgressMeter meter("reading", "seconds", reader.info().seconds, context.progress);
  Overviewer overviewer;
  std::vector<float> second(kRate);  // kStep divides it
  double heard = 0;
  while (const std::size_t count = reader.read(second)) {
    context.cancel.throwIfCancelled();
    overviewer.take(second, count);
    meter.advanceTo(heard += static_cast<double>(count) / kRate);
  }
  if (heard == 0) throw Error(ErrorKind::kInvalidInput, "{}: holds no sound", file.string());
  meter.finish();
  SoundOverview overview = overviewer.finish();
  overview.info = reader.info();
  return overview;
}

}  // namespace orrery::media
