#pragma once

#include "core/models/families.h"

/// What detectors do with the pictures of a batch.
namespace orrery::models::vision {

struct DetectorInput {
  at::Tensor pixels;  ///< [batch, channels, height, width]
  at::Tensor mask;    ///< [batch, height, width] bool: true where the picture is
};

/// Reads pixel_values and pixel_mask, all true where it is absent. An Error names what does not
/// fit, or another input.
DetectorInput detectorInput(const TensorMap& inputs, std::int64_t channels);

/// `mask` [batch, height, width] at the size of a feature map [batch, channels, rows, columns].
at::Tensor maskLike(const at::Tensor& mask, const at::Tensor& map);

}  // namespace orrery::models::vision
