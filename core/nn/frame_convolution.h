#pragma once

#include "core/nn/linear.h"

namespace orrery::nn {

/// torch.nn.Conv1d over frames, as one matrix product: a window of frames that lie side by side is
/// a row of it.
class FrameConvolution {
 public:
  struct Options {
    std::int64_t kernel = 1, stride = 1, padding = 0;
  };

  FrameConvolution() = default;
  /// Takes `weight` [out, in, kernel] and `bias` [out].
  FrameConvolution(const Weights& weights, std::int64_t in, std::int64_t out,
                   const Options& options);

  /// x [batch, frames, in] → [batch, frames', out]. An Error if the padded sound is shorter than
  /// the kernel.
  at::Tensor operator()(const at::Tensor& x) const;

 private:
  Options options_;
  Linear product_;  ///< [out, kernel * in]
};

}  // namespace orrery::nn
