// The processors that resize, crop, rescale, normalise and pad, in this order. How they differ is
// in their rows of the table of types.

#include <algorithm>

#include "core/base/error.h"
#include "core/processors/pixels.h"
#include "core/processors/types.h"

namespace orrery::processors {
namespace {

using media::Image;
using media::Size;

/// A square with the picture in its middle, on the mean colour.
Image squared(const Image& image, const Settings& settings) {
  std::array<std::uint8_t, 3> colour;
  for (int c = 0; c < 3; ++c)
    colour[c] = static_cast<std::uint8_t>(std::clamp(settings.imageMean[c] * 255, 0.0, 255.0));
  const int edge = std::max(image.height, image.width);
  return placed(image, {edge, edge}, (edge - image.height) / 2, (edge - image.width) / 2, colour);
}

class Standard : public ImageProcessor {
 public:
  Standard(const TypeRow& row, Settings settings)
      : row_(row), settings_(std::move(settings)), map_(settings_) {}

  std::string_view type() const override { return row_.name; }

  Features process(std::span<const Image> images, std::span<const Image> trimaps) const override {
    requireInputs(row_.name, images, trimaps);
    Features features;
    std::vector<Image> prepared;
    prepared.reserve(images.size());
    for (const Image& image : images) {
      prepared.push_back(prepare(image, features));
      features.originalSizes.push_back(image.size());
    }
    const Size canvas = canvasFor(prepared);
    fill(prepared, canvas, features);
    if (row_.resize == ResizeRule::kLongestEdge) {  // Sam's post-processing takes them from here
      features.tensors["original_sizes"] = sizesTensor(features.originalSizes);
      features.tensors["reshaped_input_sizes"] = sizesTensor(features.resizedSizes);
    }
    return features;
  }

 private:
  Image resized(const Image& image) const {
    const Size to = resizedSize(row_.resize, settings_, image.size());
    Image result = resize(image, to, settings_.resample, settings_.arithmetic());
    const int edge = settings_.size.shortestEdge;
    if (row_.resize == ResizeRule::kConvNext && to != Size{edge, edge})
      return centreCrop(result, {edge, edge}, settings_.backend);
    return result;
  }

  Image prepare(const Image& image, Features& features) const {
    const bool squares = row_.pad == PadRule::kSquareBefore && settings_.doPad;
    Image result = squares ? squared(image, settings_) : Image();
    const Image& start = squares ? result : image;  // large pictures are not copied
    result = settings_.doResize ? resized(start) : start;
    features.resizedSizes.push_back(result.size());
    if (settings_.doCenterCrop)
      result = centreCrop(result, settings_.cropSize.exact(), settings_.backend);
    return result;
  }

  bool pads() const {
    return row_.pad == PadRule::kAlwaysMask ||
           (settings_.doPad && row_.pad != PadRule::kNever && row_.pad != PadRule::kSquareBefore);
  }
  bool masks() const {
    return pads() && (row_.pad == PadRule::kIfAskedMask || row_.pad == PadRule::kAlwaysMask);
  }

  /// The size of the tensor that all pictures fit into.
  Size canvasFor(const std::vector<Image>& images) const {
    Size canvas = images.front().size();
    for (const Image& image : images) {
      if ((!pads() || row_.pad == PadRule::kCentred) && image.size() != canvas)
        throw Error(
            ErrorKind::kInvalidInput,
            "pictures of one batch come out as {} x {} and {} x {} pixels, which go into no "
            "one tensor: give them one by one",
            canvas.width, canvas.height, image.width, image.height);
      canvas = {std::max(canvas.height, image.height), std::max(canvas.width, image.width)};
    }
    if (!pads()) return canvas;
    if (row_.pad == PadRule::kCentred) return raised(canvas);
    if (!settings_.padSize) return canvas;
    const Size asked = settings_.padSize->exact();
    if (asked.height < canvas.height || asked.width < canvas.width)
      throw Error(ErrorKind::kInvalidInput, "{} x {} is less than the resized picture's {} x {}",
                  asked.width, asked.height, canvas.width, canvas.height)
          .in("pad_size");
    return asked;
  }
  Size raised(Size size) const {
    const int divisor = std::max(settings_.sizeDivisor, 1);
    return {(size.height + divisor - 1) / divisor * divisor,
            (size.width + divisor - 1) / divisor * divisor};
  }

  void fill(const std::vector<Image>& images, Size canvas, Features& features) const {
    const auto count = static_cast<std::int64_t>(images.size());
    requireModest(canvas);
    at::Tensor pixels = at::zeros({count, 3, canvas.height, canvas.width});
    at::Tensor mask;
    if (masks()) mask = at::zeros({count, canvas.height, canvas.width}, at::kLong);
    const bool centred = row_.pad == PadRule::kCentred;
    for (std::int64_t i = 0; i < count; ++i) {
      const Image& image = images[i];
      writePlanes(image, map_, pixels[i], centred ? (canvas.height - image.height) / 2 : 0,
                  centred ? (canvas.width - image.width) / 2 : 0);
      if (mask.defined()) mask[i].narrow(0, 0, image.height).narrow(1, 0, image.width).fill_(1);
    }
    if (map_.keepsBytes()) pixels = pixels.to(at::kByte);
    features.tensors["pixel_values"] = pixels;
    if (mask.defined()) features.tensors["pixel_mask"] = mask;
  }

  const TypeRow& row_;
  Settings settings_;
  ValueMap map_;
};

}  // namespace

std::unique_ptr<const ImageProcessor> makeStandard(const TypeRow& row, Settings settings) {
  if (settings.doResize) requireSize(row.resize, settings);
  return std::make_unique<Standard>(row, std::move(settings));
}

}  // namespace orrery::processors
