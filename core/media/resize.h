#pragma once

#include <optional>
#include <string_view>

#include "core/media/image.h"

namespace orrery::media {

/// Pillow's filters by Pillow's numbers, which processor files hold (`resample`).
enum class Filter {
  kNearest = 0,
  kLanczos = 1,
  kBilinear = 2,
  kBicubic = 3,
  kBox = 4,
  kHamming = 5,
};

/// The filter of that number or nothing.
std::optional<Filter> filterFromNumber(long long number);
/// The filter of that name ("bicubic") or nothing.
std::optional<Filter> filterFromName(std::string_view name);

/// Whose arithmetic a picture is resized with. Both antialias; they differ in the precision of the
/// weights, hence by one step of a few samples.
enum class Arithmetic {
  kPillow,  ///< `Image.resize`
  kTorch,   ///< `torchvision.transforms.v2.functional.resize` of 8-bit tensors, antialias=True
};

/// `image` at another size, sample for sample what the named library makes of it. kNearest takes
/// the sample at each pixel's middle (torchvision's NEAREST_EXACT).
Image resize(const Image& image, Size size, Filter filter,
             Arithmetic arithmetic = Arithmetic::kPillow);

}  // namespace orrery::media
