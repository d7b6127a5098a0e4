// Qwen2VL puts the patches of all pictures into one sequence, those that are merged side by side.

#include "core/base/error.h"
#include "core/processors/pixels.h"
#include "core/processors/types.h"

namespace orrery::processors {
namespace {

using media::Image;
using media::Size;

class Qwen2Vl : public ImageProcessor {
 public:
  Qwen2Vl(const TypeRow& row, Settings settings)
      : row_(row), settings_(std::move(settings)), map_(settings_) {}

  std::string_view type() const override { return row_.name; }

  Features process(std::span<const Image> images, std::span<const Image> trimaps) const override {
    requireInputs(row_.name, images, trimaps);
    Features features;
    std::vector<at::Tensor> sequences;
    at::Tensor grids = at::ones({static_cast<std::int64_t>(images.size()), 3}, at::kLong);
    for (std::size_t i = 0; i < images.size(); ++i) {
      const Image image = prepared(images[i]);
      const Size grid{image.height / settings_.patchSize, image.width / settings_.patchSize};
      sequences.push_back(mergedPatches(planesOf(image, map_).unsqueeze(0), settings_));
      features.originalSizes.push_back(images[i].size());
      features.resizedSizes.push_back(image.size());
      features.grids.push_back(grid);
    }
    grids.narrow(1, 1, 2).copy_(sizesTensor(features.grids));
    const at::Tensor pixels = at::cat(sequences);
    features.tensors["pixel_values"] = map_.keepsBytes() ? pixels.to(at::kByte) : pixels;
    features.tensors["image_grid_thw"] = grids;
    return features;
  }

 private:
  Image prepared(const Image& image) const {
    Image result = image;
    if (settings_.doResize)
      result = resize(image, resizedSize(row_.resize, settings_, image.size()), settings_.resample,
                      settings_.arithmetic());
    const int factor = settings_.patchSize * settings_.mergeSize;
    if (result.height % factor != 0 || result.width % factor != 0)
      throw Error(ErrorKind::kInvalidInput, "{} x {} pixels are not whole patches of {} pixels",
                  result.width, result.height, factor);
    return result;
  }

  const TypeRow& row_;
  Settings settings_;
  ValueMap map_;
};

}  // namespace

void requireMergedPatches(const Settings& settings) {
  constexpr int kMostEdge = 1 << 12, kMostTimes = 16;
  if (settings.patchSize > kMostEdge || settings.mergeSize > kMostEdge ||
      settings.temporalPatchSize > kMostTimes)
    throw Error(ErrorKind::kInvalidInput,
                "patches of {} pixels, {} merged, {} times: expected at most {}, {} and {}",
                settings.patchSize, settings.mergeSize, settings.temporalPatchSize, kMostEdge,
                kMostEdge, kMostTimes)
        .in("patch_size, merge_size, temporal_patch_size");
}

std::unique_ptr<const ImageProcessor> makeQwen2Vl(const TypeRow& row, Settings settings) {
  requireMergedPatches(settings);
  if (settings.doResize) requireSize(row.resize, settings);
  return std::make_unique<Qwen2Vl>(row, std::move(settings));
}

}  // namespace orrery::processors
