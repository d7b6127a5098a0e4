#include "core/processors/pixels.h"

#include <algorithm>

#include "core/processors/geometry.h"

namespace orrery::processors {
namespace {

/// torchvision's order: both steps in one where both are made, in single precision.
float torchValue(const Settings& settings, int channel, int value) {
  float mean = static_cast<float>(settings.imageMean[channel]);
  float deviation = static_cast<float>(settings.imageStd[channel]);
  float result = static_cast<float>(value);
  if (settings.doRescale && settings.doNormalize && !settings.rescaleOffset) {
    const auto scale = static_cast<float>(1.0 / settings.rescaleFactor);
    mean *= scale;
    deviation *= scale;
  } else if (settings.doRescale) {
    result *= static_cast<float>(settings.rescaleFactor);
    if (settings.rescaleOffset) result -= 1;
  }
  if (settings.doNormalize) result = (result - mean) / deviation;
  return result;
}

/// Rescaled in double precision, normalised in single.
float pillowValue(const Settings& settings, int channel, int value) {
  float result = static_cast<float>(value);
  if (settings.doRescale) {
    result = static_cast<float>(value * settings.rescaleFactor);
    if (settings.rescaleOffset) result -= 1;
  }
  if (settings.doNormalize)
    result = (result - static_cast<float>(settings.imageMean[channel])) /
             static_cast<float>(settings.imageStd[channel]);
  return result;
}

}  // namespace

ValueMap::ValueMap(const Settings& settings)
    : flipped_(settings.flipChannelOrder),
      keepsBytes_(!settings.doRescale && !settings.doNormalize && !settings.includeTop) {
  for (int channel = 0; channel < 3; ++channel) {
    for (int value = 0; value < 256; ++value) {
      float& result = values_[channel][value];
      result = settings.backend == Backend::kPil ? pillowValue(settings, channel, value)
                                                 : torchValue(settings, channel, value);
      if (settings.includeTop) result /= static_cast<float>(settings.imageStd[channel]);
    }
  }
}

ValueMap ValueMap::rescaling(const Settings& settings) {
  Settings only = settings;
  only.doNormalize = only.includeTop = only.flipChannelOrder = false;
  return ValueMap(only);
}

at::Tensor sizesTensor(std::span<const media::Size> sizes) {
  at::Tensor tensor = at::empty({static_cast<std::int64_t>(sizes.size()), 2}, at::kLong);
  auto* out = tensor.data_ptr<std::int64_t>();
  for (const media::Size& size : sizes) {
    *out++ = size.height;
    *out++ = size.width;
  }
  return tensor;
}

at::Tensor planesOf(const media::Image& image, const ValueMap& map) {
  at::Tensor planes = at::empty({image.channels, image.height, image.width});
  writePlanes(image, map, planes);
  return planes;
}

void writePlanes(const media::Image& image, const ValueMap& map, const at::Tensor& planes, int top,
                 int left) {
  for (int channel = 0; channel < image.channels; ++channel) {
    const auto& values = map[channel];
    float* plane = planes.data_ptr<float>() + planes.stride(0) * channel;
    for (int y = 0; y < image.height; ++y) {
      const std::uint8_t* in = image.row(y) + (image.channels == 1 ? 0 : map.source(channel));
      float* out = plane + planes.stride(1) * (top + y) + left;
      for (int x = 0; x < image.width; ++x) out[x] = values[in[x * image.channels]];
    }
  }
}

media::Image placed(const media::Image& image, media::Size size, int top, int left,
                    std::array<std::uint8_t, 3> colour) {
  requireModest(size);
  media::Image result(size, image.channels);
  for (std::size_t i = 0; colour != decltype(colour){} && i < result.pixels.size(); ++i)
    result.pixels[i] = colour[i % image.channels];
  const int firstX = std::max(0, left), lastX = std::min(size.width, left + image.width);
  for (int y = std::max(0, top); y < std::min(size.height, top + image.height); ++y) {
    if (lastX <= firstX) break;
    const std::size_t channels = image.channels;
    std::copy_n(image.row(y - top) + (firstX - left) * channels, (lastX - firstX) * channels,
                result.row(y) + firstX * channels);
  }
  return result;
}

at::Tensor mergedPatches(const at::Tensor& frames, const Settings& settings) {
  const std::int64_t patch = settings.patchSize, merge = settings.mergeSize;
  const std::int64_t times = settings.temporalPatchSize, count = frames.size(0);
  const std::int64_t steps = (count + times - 1) / times, added = steps * times - count;
  const std::int64_t rows = frames.size(2) / patch, columns = frames.size(3) / patch;
  at::Tensor all = frames;
  if (added > 0) {
    const at::Tensor last = frames.narrow(0, count - 1, 1);
    all = count == 1 ? last.expand({times, -1, -1, -1})
                     : at::cat({frames, last.expand({added, -1, -1, -1})});
  }
  return all.reshape({steps, times, 3, rows / merge, merge, patch, columns / merge, merge, patch})
      .permute({0, 3, 6, 4, 7, 2, 1, 5, 8})
      .reshape({steps * rows * columns, 3 * times * patch * patch});
}

media::Image centreCrop(const media::Image& image, media::Size size, Backend backend) {
  // Where a picture is smaller by an odd number, one library puts more zeros before it.
  const auto offset = [backend](int has, int wanted) {
    const int missing = wanted - has;
    if (missing <= 0) return -((has - wanted) / 2);
    return backend == Backend::kPil ? (missing + 1) / 2 : missing / 2;
  };
  return placed(image, size, offset(image.height, size.height), offset(image.width, size.width));
}

}  // namespace orrery::processors
