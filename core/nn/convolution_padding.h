#pragma once

#include "core/nn/convolution.h"

namespace orrery::nn {

/// A picture with the zeros around it that a convolution or a pool cannot add itself.
struct PaddedPicture {
  at::Tensor picture;                ///< [batch, channels, height, width]
  ConvolutionOptions::Pair padding;  ///< zeros {rows, columns} on each side that it still can add
};

/// What `options` want around x [batch, channels, height, width]. An Error if the kernel does not
/// fit in even then.
PaddedPicture padPicture(const at::Tensor& x, const ConvolutionOptions& options);

}  // namespace orrery::nn
