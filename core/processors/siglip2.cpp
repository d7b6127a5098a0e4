// Siglip2 cuts a picture of any proportions into a sequence of patches of bounded length.

#include <algorithm>
#include <cmath>

#include "core/base/error.h"
#include "core/processors/pixels.h"
#include "core/processors/types.h"

namespace orrery::processors {
namespace {

using media::Image;
using media::Size;

int scaled(double scale, int edge, int patch) {
  const double patches = std::ceil(edge * scale / patch);
  return std::max(patch, static_cast<int>(std::min(patches * patch, 2.0e9)));
}

/// The largest size in whole patches, of which there are at most `most`. Found by halving, in the
/// reference's steps, which decide where two sizes are as good.
Size largestSize(Size from, int patch, int most) {
  constexpr double kStep = 1e-5;
  double low = kStep / 10, high = 100;
  const auto at = [&](double scale) {
    return Size{scaled(scale, from.height, patch), scaled(scale, from.width, patch)};
  };
  while (high - low >= kStep) {
    const double middle = (low + high) / 2;
    const Size size = at(middle);
    const double patches =
        (static_cast<double>(size.height) / patch) * (static_cast<double>(size.width) / patch);
    (patches <= most ? low : high) = middle;
  }
  return at(low);
}

/// Planes to one row a patch, in which the colours of a pixel are neighbours.
at::Tensor patchRows(const at::Tensor& planes, int patch, Size grid) {
  return planes.reshape({3, grid.height, patch, grid.width, patch})
      .permute({1, 3, 2, 4, 0})
      .reshape({static_cast<std::int64_t>(grid.height) * grid.width, -1});
}

class Siglip2 : public ImageProcessor {
 public:
  Siglip2(const TypeRow& row, Settings settings)
      : row_(row), settings_(std::move(settings)), map_(settings_) {}

  std::string_view type() const override { return row_.name; }

  Features process(std::span<const Image> images, std::span<const Image> trimaps) const override {
    requireInputs(row_.name, images, trimaps);
    const auto count = static_cast<std::int64_t>(images.size());
    const std::int64_t patch = settings_.patchSize, most = settings_.maxNumPatches;
    Features features;
    at::Tensor pixels = at::zeros({count, most, patch * patch * 3});
    at::Tensor mask = at::zeros({count, most}, at::kInt);
    for (std::int64_t i = 0; i < count; ++i) {
      const Image image = prepared(images[i]);
      const Size grid{image.height / settings_.patchSize, image.width / settings_.patchSize};
      const std::int64_t length = static_cast<std::int64_t>(grid.height) * grid.width;
      pixels[i]
          .narrow(0, 0, length)
          .copy_(patchRows(planesOf(image, map_), settings_.patchSize, grid));
      mask[i].narrow(0, 0, length).fill_(1);
      features.originalSizes.push_back(images[i].size());
      features.resizedSizes.push_back(image.size());
      features.grids.push_back(grid);
    }
    features.tensors["pixel_values"] = map_.keepsBytes() ? pixels.to(at::kByte) : pixels;
    features.tensors["pixel_attention_mask"] = mask;
    features.tensors["spatial_shapes"] = sizesTensor(features.grids);
    return features;
  }

 private:
  Image prepared(const Image& image) const {
    const int patch = settings_.patchSize;
    Image result = image;
    if (settings_.doResize)
      result = resize(image, largestSize(image.size(), patch, settings_.maxNumPatches),
                      settings_.resample, settings_.arithmetic());
    const bool whole = result.height % patch == 0 && result.width % patch == 0;
    const std::int64_t patches =
        static_cast<std::int64_t>(result.height / patch) * (result.width / patch);
    if (!whole || patches > settings_.maxNumPatches)
      throw Error(ErrorKind::kInvalidInput,
                  "{} x {} pixels are not at most {} whole patches of {} pixels", result.width,
                  result.height, settings_.maxNumPatches, patch);
    return result;
  }

  const TypeRow& row_;
  Settings settings_;
  ValueMap map_;
};

}  // namespace

std::unique_ptr<const ImageProcessor> makeSiglip2(const TypeRow& row, Settings settings) {
  constexpr std::int64_t kMostValues = 1 << 28;
  const std::int64_t patch = settings.patchSize;
  if (patch > (1 << 12) || patch * patch * 3 * settings.maxNumPatches > kMostValues)
    throw Error(ErrorKind::kInvalidInput, "{} patches of {} pixels are more than are made of one",
                settings.maxNumPatches, patch)
        .in("max_num_patches");
  return std::make_unique<Siglip2>(row, std::move(settings));
}

}  // namespace orrery::processors
