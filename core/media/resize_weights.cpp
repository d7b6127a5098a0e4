#include "core/media/resize_weights.h"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace orrery::media {
namespace {

double box(double x) {
  return x > -0.5 && x <= 0.5 ? 1.0 : 0.0;
}

double triangle(double x) {
  return std::max(0.0, 1.0 - std::abs(x));
}

double hamming(double x) {
  x = std::abs(x);
  if (x == 0.0) return 1.0;
  if (x >= 1.0) return 0.0;
  x *= std::numbers::pi;
  return std::sin(x) / x * (0.54 + 0.46 * std::cos(x));
}

double cubic(double x) {
  constexpr double a = -0.5;
  x = std::abs(x);
  if (x < 1.0) return ((a + 2.0) * x - (a + 3.0)) * x * x + 1;
  if (x < 2.0) return (((x - 5) * x + 8) * x - 4) * a;
  return 0.0;
}

double sinc(double x) {
  if (x == 0.0) return 1.0;
  x *= std::numbers::pi;
  return std::sin(x) / x;
}

double lanczos(double x) {
  return x >= -3.0 && x < 3.0 ? sinc(x) * sinc(x / 3) : 0.0;
}

struct Kernel {
  double (*value)(double);
  double support;  ///< beyond it the value is zero
};

Kernel kernelOf(Filter filter) {
  switch (filter) {
    case Filter::kLanczos:
      return {lanczos, 3};
    case Filter::kBicubic:
      return {cubic, 2};
    case Filter::kBox:
      return {box, 0.5};
    case Filter::kHamming:
      return {hamming, 1};
    default:
      return {triangle, 1};
  }
}

std::int32_t rounded(double value) {
  return static_cast<std::int32_t>(value < 0 ? value - 0.5 : value + 0.5);
}

/// Bits behind the point. Pillow's weights have 22; torch's fit 16 bits with their sign.
int precisionFor(const std::vector<double>& weights, Arithmetic arithmetic) {
  constexpr int kPillowPrecision = 32 - 8 - 2;
  if (arithmetic == Arithmetic::kPillow) return kPillowPrecision;
  const double largest = std::max(0.0, *std::ranges::max_element(weights));
  int precision = 0;
  while (precision < kPillowPrecision &&
         static_cast<int>(0.5 + largest * (1 << (precision + 1))) < 1 << 15)
    ++precision;
  return precision;
}

}  // namespace

Weights resizeWeights(int from, int to, Filter filter, Arithmetic arithmetic) {
  const Kernel kernel = kernelOf(filter);
  const double scale = static_cast<double>(from) / to;
  const double filterScale = std::max(scale, 1.0);
  const double support = kernel.support * filterScale;
  Weights result;
  result.stride = static_cast<int>(std::ceil(support)) * 2 + 1;
  result.windows.resize(to);
  std::vector<double> weights(static_cast<std::size_t>(to) * result.stride);
  for (int i = 0; i < to; ++i) {
    const double centre = (i + 0.5) * scale;
    const int first = std::max(0, static_cast<int>(centre - support + 0.5));
    const int count =
        std::min(std::min(from, static_cast<int>(centre + support + 0.5)) - first, result.stride);
    double* const own = weights.data() + static_cast<std::size_t>(i) * result.stride;
    double sum = 0;
    for (int j = 0; j < count; ++j)
      sum += own[j] = kernel.value((j + first - centre + 0.5) * (1.0 / filterScale));
    if (sum != 0)
      for (int j = 0; j < count; ++j) own[j] /= sum;
    result.windows[i] = {first, count};
  }
  result.precision = precisionFor(weights, arithmetic);
  result.weights.reserve(weights.size());
  for (const double weight : weights)
    result.weights.push_back(rounded(weight * (1 << result.precision)));
  return result;
}

}  // namespace orrery::media
