#pragma once

#include <ATen/ATen.h>

#include <array>
#include <span>

#include "core/media/image.h"
#include "core/processors/settings.h"

namespace orrery::processors {

/// What each of the 256 values of each channel becomes: rescaled and normalised, in the order and
/// precision of the backend. Having all values at hand costs less than computing each pixel.
class ValueMap {
 public:
  explicit ValueMap(const Settings& settings);
  /// Values times `factor` and nothing else, for masks.
  static ValueMap rescaling(const Settings& settings);

  const std::array<float, 256>& operator[](int channel) const { return values_[channel]; }
  /// The channel of a picture that channel `channel` of the tensor comes from.
  int source(int channel) const { return flipped_ ? 2 - channel : channel; }
  /// Nothing is changed, and bytes stay bytes.
  bool keepsBytes() const { return keepsBytes_; }

 private:
  std::array<std::array<float, 256>, 3> values_{};
  bool flipped_ = false, keepsBytes_ = false;
};

/// `sizes` as rows of height and width, int64 [sizes, 2].
at::Tensor sizesTensor(std::span<const media::Size> sizes);

/// `image` as planes of its own, float32 [channels, height, width].
at::Tensor planesOf(const media::Image& image, const ValueMap& map);

/// Writes `image` as planes into the float32 tensor `planes` [channels, height, width], its upper
/// left corner at `top`, `left`. The tensor must have room for it; rows must be contiguous.
void writePlanes(const media::Image& image, const ValueMap& map, const at::Tensor& planes,
                 int top = 0, int left = 0);

/// Patches of `frames` [times, 3, height, width] as Qwen2VL takes them, those that are merged side
/// by side: one row a patch with its channels, times, rows and columns. The last frame is repeated
/// until the times are whole patches, too.
at::Tensor mergedPatches(const at::Tensor& frames, const Settings& settings);

/// The middle of `image`; where it is smaller than `size`, zeros around it.
media::Image centreCrop(const media::Image& image, media::Size size, Backend backend);

/// `image` on a ground of `colour` (one value for each channel), its corner at `top`, `left`, which
/// may be negative: then it is cut. An Error if `size` is not modest.
media::Image placed(const media::Image& image, media::Size size, int top, int left,
                    std::array<std::uint8_t, 3> colour = {});

}  // namespace orrery::processors
