#include "core/nn/frame_convolution.h"

#include "core/base/error.h"

namespace orrery::nn {
namespace {

using checkpoint::DType;

/// The kernel [out, in, kernel] as a matrix [out, kernel * in] of the type that the file has.
checkpoint::TensorView asMatrix(const Weights& w, const Shape& shape) {
  const at::Tensor matrix = w.tensor("weight", shape).permute({0, 2, 1}).flatten(1).contiguous();
  const DType stored = w.view("weight", shape).dtype;
  if (stored == DType::kBF16) return viewOf(matrix.to(at::kBFloat16), stored);
  if (stored == DType::kF16) return viewOf(matrix.to(at::kHalf), stored);
  return viewOf(matrix, DType::kF32);
}

}  // namespace

FrameConvolution::FrameConvolution(const Weights& w, std::int64_t in, std::int64_t out,
                                   const Options& options)
    : options_(options),
      product_(asMatrix(w, {out, in, options.kernel}), w.tensor("bias", {out}), w.precision()) {}

at::Tensor FrameConvolution::operator()(const at::Tensor& x) const {
  const at::Tensor padded =
      at::constant_pad_nd(x, {0, 0, options_.padding, options_.padding}).contiguous();
  const std::int64_t frames = padded.size(1), width = padded.size(2);
  if (frames < options_.kernel)
    throw Error(ErrorKind::kInvalidInput, "a convolution over {} frames is given {}",
                options_.kernel, frames);
  const std::int64_t count = (frames - options_.kernel) / options_.stride + 1;
  return product_(padded.as_strided({x.size(0), count, options_.kernel * width},
                                    {frames * width, options_.stride * width, 1}));
}

}  // namespace orrery::nn
