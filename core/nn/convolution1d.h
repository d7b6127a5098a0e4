#pragma once

#include <optional>

#include "core/nn/weights.h"

namespace orrery::nn {

struct Convolution1dOptions {
  std::int64_t kernel = 1, stride = 1, padding = 0, dilation = 1, groups = 1;
  bool bias = true;  ///< whether the checkpoint has one
  /// Where the checkpoint may keep directions and lengths of the kernel apart (Salimans & Kingma
  /// 2016): the dimension that has a length for each index.
  std::optional<std::int64_t> weightNorm = {};
};

/// The kernel `weight` of that shape; with `lengthsOf`, put together of `weight_g` and `weight_v`
/// or of what newer files call `parametrizations.weight.original0` and `…original1`, where there is
/// no `weight`.
at::Tensor kernelOf(const Weights& weights, const Shape& shape,
                    std::optional<std::int64_t> lengthsOf = {});

/// torch.nn.Conv1d. x [batch, in, time] → [batch, out, time'], float32.
class Conv1d {
 public:
  Conv1d() = default;
  /// Takes the kernel [out, in / groups, kernel] and, as the options say, `bias` [out].
  Conv1d(const Weights& weights, std::int64_t in, std::int64_t out,
         const Convolution1dOptions& options);

  /// An Error if the padded sound is shorter than the kernel.
  at::Tensor operator()(const at::Tensor& x) const;
  bool defined() const { return weight_.defined(); }

 private:
  at::Tensor weight_, bias_;
  Convolution1dOptions options_;
};

/// torch.nn.ConvTranspose1d, without output padding.
class ConvTranspose1d {
 public:
  ConvTranspose1d() = default;
  /// Takes the kernel [in, out / groups, kernel] and, as the options say, `bias` [out].
  ConvTranspose1d(const Weights& weights, std::int64_t in, std::int64_t out,
                  const Convolution1dOptions& options);
  at::Tensor operator()(const at::Tensor& x) const;

 private:
  at::Tensor weight_, bias_;
  Convolution1dOptions options_;
};

}  // namespace orrery::nn
