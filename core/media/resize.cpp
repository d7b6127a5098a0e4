#include "core/media/resize.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <utility>

#include "core/base/error.h"
#include "core/media/resize_passes.h"
#include "core/media/resize_weights.h"

namespace orrery::media {
namespace {

constexpr std::array<std::pair<std::string_view, Filter>, 6> kNames{{
    {"nearest", Filter::kNearest},
    {"lanczos", Filter::kLanczos},
    {"bilinear", Filter::kBilinear},
    {"bicubic", Filter::kBicubic},
    {"box", Filter::kBox},
    {"hamming", Filter::kHamming},
}};

/// For each pixel of the result the one of the source at its middle. Pillow adds up its steps,
/// torch multiplies in single precision.
std::vector<int> nearestSources(int from, int to, Arithmetic arithmetic) {
  std::vector<int> sources(to);
  if (arithmetic == Arithmetic::kTorch) {
    const float scale = static_cast<float>(from) / static_cast<float>(to);
    for (int i = 0; i < to; ++i)
      sources[i] = std::min(static_cast<int>((static_cast<float>(i) + 0.5f) * scale), from - 1);
    return sources;
  }
  const double step = static_cast<double>(from) / to;
  double at = step * 0.5;
  for (int& source : sources) {
    source = std::min(static_cast<int>(at), from - 1);
    at += step;
  }
  return sources;
}

Image resizeNearest(const Image& image, Size size, Arithmetic arithmetic) {
  const std::vector<int> rows = nearestSources(image.height, size.height, arithmetic);
  const std::vector<int> columns = nearestSources(image.width, size.width, arithmetic);
  Image result(size, image.channels);
  std::uint8_t* out = result.pixels.data();
  for (const int y : rows)
    for (const int x : columns)
      out = std::copy_n(image.row(y) + static_cast<std::size_t>(x) * image.channels, image.channels,
                        out);
  return result;
}

/// The order of Pillow 13; torchvision has columns first always.
bool rowsGoFirst(Size from, Size to) {
  return to.height < from.height && from.height - to.height > 2 * (from.width - to.width);
}

}  // namespace

std::optional<Filter> filterFromNumber(long long number) {
  if (number < 0 || number >= static_cast<long long>(kNames.size())) return std::nullopt;
  return static_cast<Filter>(number);
}

std::optional<Filter> filterFromName(std::string_view name) {
  const auto found = std::ranges::find(kNames, name, &std::pair<std::string_view, Filter>::first);
  if (found == kNames.end()) return std::nullopt;
  return found->second;
}

Image resize(const Image& image, Size size, Filter filter, Arithmetic arithmetic) {
  if (size.height <= 0 || size.width <= 0)
    throw Error(ErrorKind::kInvalidInput,
                "a picture of {} x {} cannot become one of {} x {} pixels", image.width,
                image.height, size.width, size.height);
  if (size == image.size()) return image;
  if (filter == Filter::kNearest) return resizeNearest(image, size, arithmetic);
  if (size.width == image.width)
    return resizeRows(image, resizeWeights(image.height, size.height, filter, arithmetic));
  // Between the passes samples are rounded to 8 bits, so their order shows.
  const auto columns = resizeWeights(image.width, size.width, filter, arithmetic);
  const auto rows = resizeWeights(image.height, size.height, filter, arithmetic);
  if (size.height == image.height) return resizeColumns(image, columns);
  if (arithmetic == Arithmetic::kPillow && rowsGoFirst(image.size(), size))
    return resizeColumns(resizeRows(image, rows), columns);
  return resizeRows(resizeColumns(image, columns), rows);
}

}  // namespace orrery::media
