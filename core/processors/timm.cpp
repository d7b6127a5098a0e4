// The evaluation transform of timm's models, which their pretrained_cfg describes.

#include <algorithm>
#include <cmath>

#include "core/base/error.h"
#include "core/processors/pixels.h"
#include "core/processors/types.h"

namespace orrery::processors {
namespace {

using media::Image;
using media::Size;

enum class CropMode { kCentre, kSquash, kBorder };

struct TimmSettings {
  Size input;
  media::Filter interpolation = media::Filter::kBicubic;
  double cropPct = 0.875;
  CropMode cropMode = CropMode::kCentre;
  Settings values;  ///< mean and deviation
};

/// Half to even, as Python's round().
int roundEven(double value) {
  return static_cast<int>(std::nearbyint(value));
}

/// `image` cut or extended to `size`, in the middle.
Image centred(const Image& image, Size size, std::array<std::uint8_t, 3> colour) {
  const auto offset = [](int has, int wanted) {
    return has > wanted ? -roundEven((has - wanted) / 2.0) : (wanted - has) / 2;
  };
  return placed(image, size, offset(image.height, size.height), offset(image.width, size.width),
                colour);
}

class Timm : public ImageProcessor {
 public:
  explicit Timm(TimmSettings settings) : settings_(std::move(settings)), map_(settings_.values) {}

  std::string_view type() const override { return "TimmWrapperImageProcessor"; }

  Features process(std::span<const Image> images, std::span<const Image> trimaps) const override {
    requireInputs(type(), images, trimaps);
    Features features;
    std::vector<at::Tensor> batch;
    for (const Image& image : images) {
      const Image small = resized(image);
      features.originalSizes.push_back(image.size());
      features.resizedSizes.push_back(small.size());
      batch.push_back(planesOf(centred(small, settings_.input, border()), map_));
    }
    features.tensors["pixel_values"] = at::stack(batch);
    return features;
  }

 private:
  std::array<std::uint8_t, 3> border() const {
    std::array<std::uint8_t, 3> colour{};
    if (settings_.cropMode == CropMode::kBorder)
      for (int c = 0; c < 3; ++c)
        colour[c] = static_cast<std::uint8_t>(
            std::clamp(roundEven(255 * settings_.values.imageMean[c]), 0, 255));
    return colour;
  }

  Image resized(const Image& image) const {
    const auto scaled = [this](int edge) {
      return static_cast<int>(std::floor(edge / settings_.cropPct));
    };
    const Size target{scaled(settings_.input.height), scaled(settings_.input.width)};
    media::Filter filter = settings_.interpolation;
    Size to = target;
    if (settings_.cropMode == CropMode::kBorder) {
      to = inside(image.size(), target, true);
    } else if (settings_.cropMode == CropMode::kCentre && target.height == target.width) {
      to = withShortestEdge(image.size(), target.height);
    } else if (settings_.cropMode == CropMode::kCentre) {
      to = inside(image.size(), target, false);
      filter = media::Filter::kBilinear;  // timm forgets the interpolation here
    }
    requireModest(to);
    return resize(image, to, filter);
  }

  /// In the proportions of `from`, with its longer or shorter edge (compared with `target`) fitted.
  static Size inside(Size from, Size target, bool longest) {
    const double byHeight = static_cast<double>(from.height) / target.height;
    const double byWidth = static_cast<double>(from.width) / target.width;
    const double ratio = longest ? std::max(byHeight, byWidth) : std::min(byHeight, byWidth);
    return {roundEven(from.height * 1.0 / ratio), roundEven(from.width * 1.0 / ratio)};
  }

  TimmSettings settings_;
  ValueMap map_;
};

Size readInputSize(const JsonField& field) {
  constexpr int kMost = 1 << 13;
  const auto sizes = field.as<std::vector<int>>();
  if (sizes.size() != 3 || sizes[0] != 3)
    throw field.error("expected 3 channels, height and width");
  if (std::min(sizes[1], sizes[2]) < 1 || std::max(sizes[1], sizes[2]) > kMost)
    throw field.error(fmt::format("expected height and width of 1 to {}", kMost));
  return {sizes[1], sizes[2]};
}

std::array<double, 3> readColour(const JsonField& field) {
  const auto values = field.as<std::vector<double>>();
  if (values.size() != 3) throw field.error("expected 3 numbers");
  return {values[0], values[1], values[2]};
}

CropMode readCropMode(const JsonField& field) {
  const auto name = field.as<std::string>();
  if (name == "squash") return CropMode::kSquash;
  return name == "border" ? CropMode::kBorder : CropMode::kCentre;
}

}  // namespace

std::unique_ptr<const ImageProcessor> makeTimm(const JsonField& file) {
  TimmSettings settings{.input = {224, 224}};
  Settings& values = settings.values;
  values.backend = Backend::kPil;
  values.doRescale = values.doNormalize = true;
  values.imageMean = {0.485, 0.456, 0.406};
  values.imageStd = {0.229, 0.224, 0.225};
  if (const auto field = file.find("input_size")) settings.input = readInputSize(*field);
  if (const auto field = file.find("mean")) values.imageMean = readColour(*field);
  if (const auto field = file.find("std")) {
    values.imageStd = readColour(*field);
    if (std::ranges::find(values.imageStd, 0.0) != values.imageStd.end())
      throw field->error("expected numbers other than 0");
  }
  if (const auto field = file.find("interpolation")) {
    const auto filter = media::filterFromName(field->as<std::string>());
    if (!filter)
      throw field->error("expected nearest, bilinear, bicubic, box, hamming or lanczos, found " +
                         quoted(field->as<std::string>()));
    settings.interpolation = *filter;
  }
  if (const auto field = file.find("crop_pct")) settings.cropPct = field->as<double>();
  if (!(settings.cropPct > 0.01 && settings.cropPct < 100))
    throw file["crop_pct"].error("expected a number above 0.01 and below 100");
  if (const auto field = file.find("crop_mode")) settings.cropMode = readCropMode(*field);
  return std::make_unique<Timm>(std::move(settings));
}

}  // namespace orrery::processors
