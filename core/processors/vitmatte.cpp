// VitMatte takes a picture and its trimap (what is certainly in front, certainly behind, unknown)
// as one picture of four channels.

#include "core/base/error.h"
#include "core/processors/pixels.h"
#include "core/processors/types.h"

namespace orrery::processors {
namespace {

using media::Image;
using media::Size;

class VitMatte : public ImageProcessor {
 public:
  VitMatte(const TypeRow& row, Settings settings)
      : row_(row),
        settings_(std::move(settings)),
        map_(settings_),
        trimapMap_(ValueMap::rescaling(settings_)) {}

  std::string_view type() const override { return row_.name; }

  Features process(std::span<const Image> images, std::span<const Image> trimaps) const override {
    requireInputs(row_.name, images, {});
    requireTrimaps(images, trimaps);
    Features features;
    std::vector<at::Tensor> batch;
    for (std::size_t i = 0; i < images.size(); ++i) {
      const Size size = images[i].size(), canvas = padded(size);
      at::Tensor planes = at::zeros({4, canvas.height, canvas.width});
      writePlanes(images[i], map_, planes.narrow(0, 0, 3));
      writePlanes(trimaps[i], trimapMap_, planes.narrow(0, 3, 1));
      if (!batch.empty() && batch[0].sizes() != planes.sizes())
        throw Error(ErrorKind::kInvalidInput,
                    "pictures of different sizes go into no one tensor: give them one by one");
      batch.push_back(planes);
      features.originalSizes.push_back(size);
      features.resizedSizes.push_back(size);
    }
    features.tensors["pixel_values"] = at::stack(batch);
    return features;
  }

 private:
  void requireTrimaps(std::span<const Image> images, std::span<const Image> trimaps) const {
    if (trimaps.size() != images.size())
      throw Error(ErrorKind::kInvalidInput,
                  "{} needs a trimap for each picture: found {} for {} pictures", row_.name,
                  trimaps.size(), images.size());
    for (std::size_t i = 0; i < images.size(); ++i)
      if (trimaps[i].size() != images[i].size() || trimaps[i].channels != 1)
        throw Error(
            ErrorKind::kInvalidInput,
            "a trimap is grey and as large as its picture: expected {} x {} pixels, found {} "
            "x {} of {} channels",
            images[i].width, images[i].height, trimaps[i].width, trimaps[i].height,
            trimaps[i].channels);
  }

  Size padded(Size size) const {
    if (!settings_.doPad || settings_.sizeDivisor <= 0) return size;
    const int divisor = settings_.sizeDivisor;
    return {(size.height + divisor - 1) / divisor * divisor,
            (size.width + divisor - 1) / divisor * divisor};
  }

  const TypeRow& row_;
  Settings settings_;
  ValueMap map_, trimapMap_;
};

}  // namespace

std::unique_ptr<const ImageProcessor> makeVitMatte(const TypeRow& row, Settings settings) {
  return std::make_unique<VitMatte>(row, std::move(settings));
}

}  // namespace orrery::processors
