// Idefics3 and SmolVLM cut a large picture into square tiles, behind which the whole picture comes
// once more, made as small as a tile.

#include <algorithm>
#include <cmath>

#include "core/base/error.h"
#include "core/processors/pixels.h"
#include "core/processors/types.h"

namespace orrery::processors {
namespace {

using media::Image;
using media::Size;

/// The longest edge becomes `longest`, but no more than a limit of the models.
Size withLongestEdge(Size from, int longest) {
  constexpr int kLimit = 4096;
  Size to = withLongestEvenEdge(from, longest);
  const double newRatio = static_cast<double>(to.width) / to.height;
  if (to.width >= to.height && to.width > kLimit)
    to = {static_cast<int>(kLimit / newRatio), kLimit};
  else if (to.height > to.width && to.height > kLimit)
    to = {kLimit, static_cast<int>(kLimit * newRatio)};
  return {std::max(to.height, 1), std::max(to.width, 1)};
}

/// Up to whole tiles: first the longer edge, then the other in proportion.
Size wholeTiles(Size from, int tile) {
  const auto raised = [tile](int edge) {
    return static_cast<int>(std::ceil(static_cast<double>(edge) / tile)) * tile;
  };
  const double ratio = static_cast<double>(from.width) / from.height;
  if (from.width >= from.height) {
    const int width = raised(from.width);
    return {raised(static_cast<int>(width / ratio)), width};
  }
  const int height = raised(from.height);
  return {height, raised(static_cast<int>(height * ratio))};
}

class Idefics3 : public ImageProcessor {
 public:
  Idefics3(const TypeRow& row, Settings settings)
      : row_(row), settings_(std::move(settings)), map_(settings_) {}

  std::string_view type() const override { return row_.name; }

  Features process(std::span<const Image> images, std::span<const Image> trimaps) const override {
    requireInputs(row_.name, images, trimaps);
    Features features;
    std::vector<at::Tensor> tiles;
    for (const Image& image : images) {
      const Image whole = prepared(image);
      features.originalSizes.push_back(image.size());
      features.resizedSizes.push_back(whole.size());
      features.grids.push_back(cut(whole, tiles));
    }
    // All pictures belong to one text: they are one sample of the batch.
    at::Tensor pixels = at::stack(tiles).unsqueeze(0);
    if (settings_.doPad)  // nothing is ever padded, since all tiles have one size
      features.tensors["pixel_attention_mask"] =
          at::ones({1, pixels.size(1), tile(), tile()}, at::kLong);
    else if (map_.keepsBytes())
      pixels = pixels.to(at::kByte);
    features.tensors["pixel_values"] = pixels;
    return features;
  }

 private:
  int tile() const { return settings_.maxImageSize.longestEdge; }

  Image resized(const Image& image, Size size) const {
    return resize(image, size, settings_.resample, settings_.arithmetic());
  }

  Image prepared(const Image& image) const {
    Image result = image;
    if (settings_.doResize) {
      const SizeSpec& size = settings_.size;
      result = resized(image, size.longestEdge > 0 ? withLongestEdge(image.size(), size.longestEdge)
                                                   : size.exact());
    }
    return resized(result, settings_.doImageSplitting ? wholeTiles(result.size(), tile())
                                                      : Size{tile(), tile()});
  }

  /// Adds the tiles of a picture; their rows and columns, none if it is a single one.
  Size cut(const Image& image, std::vector<at::Tensor>& tiles) const {
    const Size square{tile(), tile()};
    const bool whole = image.height <= tile() && image.width <= tile();
    for (int y = 0; !whole && y < image.height; y += tile())
      for (int x = 0; x < image.width; x += tile())
        tiles.push_back(planesOf(placed(image, square, -y, -x), map_));
    tiles.push_back(planesOf(whole ? image : resized(image, square), map_));
    return whole ? Size{} : Size{image.height / tile(), image.width / tile()};
  }

  const TypeRow& row_;
  Settings settings_;
  ValueMap map_;
};

}  // namespace

void requireSquares(const Settings& settings) {
  constexpr int kMost = 1 << 13;
  const int tile = settings.maxImageSize.longestEdge;
  if (tile <= 0 || tile > kMost)
    throw Error(ErrorKind::kInvalidInput, "expected longest_edge of 1 to {}", kMost)
        .in("max_image_size");
  const SizeSpec& size = settings.size;
  if (std::max({size.longestEdge, size.height, size.width}) > kMost ||
      (size.longestEdge == 0 && !size.isExact()))
    throw Error(ErrorKind::kInvalidInput, "expected longest_edge, or height and width, to {}",
                kMost)
        .in("size");
}

std::unique_ptr<const ImageProcessor> makeIdefics3(const TypeRow& row, Settings settings) {
  requireSquares(settings);
  return std::make_unique<Idefics3>(row, std::move(settings));
}

}  // namespace orrery::processors
