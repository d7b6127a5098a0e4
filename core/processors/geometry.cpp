#include "core/processors/geometry.h"

#include <algorithm>
#include <cmath>

#include "core/base/error.h"

namespace orrery::processors {
namespace {

using media::Size;

bool isModest(Size size) {
  constexpr std::int64_t kMostPixels = 1 << 26;
  return size.height > 0 && size.width > 0 && size.height <= kMostPixels / size.width;
}

/// Half to even, as Python's round().
double roundEven(double value) {
  return std::nearbyint(value);
}

int toInt(double value) {
  return static_cast<int>(std::clamp(value, -2.0e9, 2.0e9));
}

/// The shortest edge that keeps the longest within its limit: rounded, and exactly.
struct Edge {
  int rounded;
  double exact;
};

Edge shortestWithin(Size from, int shortest, int longest) {
  const double smaller = std::min(from.height, from.width);
  const double larger = std::max(from.height, from.width);
  if (larger / smaller * shortest <= longest) return {shortest, static_cast<double>(shortest)};
  const double exact = longest * smaller / larger;
  return {toInt(roundEven(exact)), exact};
}

Size withEdge(Size from, Edge edge) {
  const double height = from.height, width = from.width;
  if (from.width < from.height) return {toInt(edge.exact * height / width), edge.rounded};
  return {edge.rounded, toInt(edge.exact * width / height)};
}

Size withinEdges(Size from, int shortest, int longest) {
  const Edge edge = shortestWithin(from, shortest, longest);
  return std::min(from.height, from.width) == edge.rounded ? from : withEdge(from, edge);
}

Size withinBoth(Size from, Size largest) {
  const double scale = std::min(static_cast<double>(largest.height) / from.height,
                                static_cast<double>(largest.width) / from.width);
  return {toInt(from.height * scale), toInt(from.width * scale)};
}

Size bySize(const SizeSpec& size, Size from) {
  if (size.shortestEdge > 0 && size.longestEdge > 0)
    return withinEdges(from, size.shortestEdge, size.longestEdge);
  if (size.shortestEdge > 0) return withShortestEdge(from, size.shortestEdge);
  if (size.maxHeight > 0) return withinBoth(from, {size.maxHeight, size.maxWidth});
  return size.exact();
}

Size forConvNext(const Settings& settings, Size from) {
  constexpr int kNoCropFrom = 384;
  const int edge = settings.size.shortestEdge;
  if (edge >= kNoCropFrom) return {edge, edge};
  return withShortestEdge(from, toInt(edge / settings.cropPct));
}

Size forYolos(const SizeSpec& size, Size from) {
  if (size.shortestEdge <= 0 || size.longestEdge <= 0) return bySize(size, from);
  const Edge edge = shortestWithin(from, size.shortestEdge, size.longestEdge);
  const bool fits = from.height <= from.width && from.height == edge.rounded;
  const Size to = fits ? from : withEdge(from, edge);
  constexpr int kMultiple = 16;
  return {to.height - to.height % kMultiple, to.width - to.width % kMultiple};
}

int raised(int value, int divisor) {
  return (value + divisor - 1) / divisor * divisor;
}

Size byLongestEdge(const SizeSpec& size, Size from) {
  const double scale = size.longestEdge * 1.0 / std::max(from.height, from.width);
  return {toInt(from.height * scale + 0.5), toInt(from.width * scale + 0.5)};
}

Size forDpt(const Settings& settings, Size from) {
  double scaleHeight = static_cast<double>(settings.size.height) / from.height;
  double scaleWidth = static_cast<double>(settings.size.width) / from.width;
  if (settings.keepAspectRatio) {  // the one that changes less
    if (std::abs(1 - scaleWidth) < std::abs(1 - scaleHeight))
      scaleHeight = scaleWidth;
    else
      scaleWidth = scaleHeight;
  }
  const int multiple = settings.ensureMultipleOf;
  const auto nearest = [multiple](double value) {
    return toInt(roundEven(value / multiple) * multiple);
  };
  return {nearest(scaleHeight * from.height), nearest(scaleWidth * from.width)};
}

Size byPixels(const Settings& settings, Size from) {
  constexpr double kLargestRatio = 200;
  const double height = from.height, width = from.width;
  if (std::max(height, width) / std::min(height, width) > kLargestRatio)
    throw Error(ErrorKind::kInvalidInput,
                "a picture of {} x {} pixels is too long: at most {} times as long as wide",
                from.width, from.height, kLargestRatio);
  const double least = settings.size.shortestEdge, most = settings.size.longestEdge;
  const double factor = static_cast<double>(settings.patchSize) * settings.mergeSize;
  double newHeight = roundEven(height / factor) * factor;
  double newWidth = roundEven(width / factor) * factor;
  if (newHeight * newWidth > most) {
    const double beta = std::sqrt(height * width / most);
    newHeight = std::max(factor, std::floor(height / beta / factor) * factor);
    newWidth = std::max(factor, std::floor(width / beta / factor) * factor);
  } else if (newHeight * newWidth < least) {
    const double beta = std::sqrt(least / (height * width));
    newHeight = std::ceil(height * beta / factor) * factor;
    newWidth = std::ceil(width * beta / factor) * factor;
  }
  return {toInt(newHeight), toInt(newWidth)};
}

Size byRule(ResizeRule rule, const Settings& settings, Size from) {
  const int divisor = std::max(settings.sizeDivisor, 1);
  switch (rule) {
    case ResizeRule::kConvNext:
      return forConvNext(settings, from);
    case ResizeRule::kYolos:
      return forYolos(settings.size, from);
    case ResizeRule::kLongestEdge:
      return byLongestEdge(settings.size, from);
    case ResizeRule::kDpt:
      return forDpt(settings, from);
    case ResizeRule::kPixels:
      return byPixels(settings, from);
    case ResizeRule::kGlpn:
      return {from.height / divisor * divisor, from.width / divisor * divisor};
    case ResizeRule::kDivisible: {
      const Size to = bySize(settings.size, from);
      return {raised(to.height, divisor), raised(to.width, divisor)};
    }
    default:
      return bySize(settings.size, from);
  }
}

}  // namespace

void requireSize(ResizeRule rule, const Settings& settings) {
  const SizeSpec& size = settings.size;
  const auto require = [](bool given, std::string_view keys) {
    if (!given) throw Error(ErrorKind::kInvalidInput, "expected {}", keys).in("size");
  };
  switch (rule) {
    case ResizeRule::kGlpn:
      return;
    case ResizeRule::kConvNext:
      return require(size.shortestEdge > 0, "shortest_edge");
    case ResizeRule::kLongestEdge:
      return require(size.longestEdge > 0, "longest_edge");
    case ResizeRule::kDpt:
      return require(size.isExact(), "height and width");
    case ResizeRule::kPixels:
      return require(size.shortestEdge > 0 && size.longestEdge > 0,
                     "shortest_edge and longest_edge");
    default:
      return require(size.isExact() || size.shortestEdge > 0 || size.maxHeight > 0,
                     "height and width, shortest_edge, or max_height and max_width");
  }
}

void requireModest(media::Size size) {
  if (!isModest(size))
    throw Error(ErrorKind::kInvalidInput, "a picture of {} x {} pixels is more than is made of one",
                size.width, size.height);
}

media::Size withLongestEvenEdge(media::Size from, int longest) {
  const double ratio = static_cast<double>(from.width) / from.height;
  const bool wide = from.width >= from.height;
  const int other = std::max(static_cast<int>(wide ? longest / ratio : longest * ratio), 0);
  const Size to = wide ? Size{other + other % 2, longest} : Size{longest, other + other % 2};
  return {std::max(to.height, 1), std::max(to.width, 1)};
}

media::Size withShortestEdge(media::Size from, int shortest) {
  const bool upright = from.width <= from.height;
  const double ratio = upright ? static_cast<double>(from.height) : from.width;
  const int other =
      toInt(static_cast<double>(shortest) * ratio / (upright ? from.width : from.height));
  return upright ? Size{other, shortest} : Size{shortest, other};
}

media::Size resizedSize(ResizeRule rule, const Settings& settings, media::Size from) {
  const Size to = byRule(rule, settings, from);
  if (!isModest(to))
    throw Error(ErrorKind::kInvalidInput,
                "a picture of {} x {} pixels would be resized to {} x {} by this processor",
                from.width, from.height, to.width, to.height);
  return to;
}

}  // namespace orrery::processors
