#pragma once

#include <ATen/ATen.h>

namespace orrery::models::vision {

/// Maps x [batch, channels, height, width] at the height and width of `like`, by bilinear
/// interpolation between the middles of pixels.
inline at::Tensor resizeLike(const at::Tensor& x, const at::Tensor& like) {
  const at::IntArrayRef size = like.sizes().slice(like.dim() - 2);
  if (x.sizes().slice(x.dim() - 2) == size) return x;
  return at::upsample_bilinear2d(x, size, /*align_corners=*/false);
}

}  // namespace orrery::models::vision
