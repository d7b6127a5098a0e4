#pragma once

#include <array>

#include "core/nn/weights.h"

namespace orrery::nn {

/// Sizes of a two-dimensional convolution, each as {rows, columns}.
struct ConvolutionOptions {
  using Pair = std::array<std::int64_t, 2>;

  Pair kernel{1, 1}, stride{1, 1}, padding{0, 0}, dilation{1, 1};
  std::int64_t groups = 1;
  bool bias = true;  ///< whether the checkpoint has one

  /// A square kernel that keeps the size at stride 1.
  static ConvolutionOptions same(std::int64_t kernel, std::int64_t stride = 1,
                                 std::int64_t groups = 1, bool bias = true);
  /// Non-overlapping patches of `patch` pixels.
  static ConvolutionOptions patches(std::int64_t patch, bool bias = true);
};

/// torch.nn.Conv2d. x [batch, in, height, width] → [batch, out, height', width'], float32.
class Conv2d {
 public:
  Conv2d() = default;
  /// Takes `weight` [out, in / groups, rows, columns] and, as the options say, `bias` [out].
  Conv2d(const Weights& weights, std::int64_t in, std::int64_t out,
         const ConvolutionOptions& options);

  at::Tensor operator()(const at::Tensor& x) const;
  bool defined() const { return weight_.defined(); }

 private:
  friend class ConvBatchNorm2d;
  at::Tensor weight_, bias_;
  ConvolutionOptions options_;
};

/// torch.nn.ConvTranspose2d, with an output padding of none.
class ConvTranspose2d {
 public:
  ConvTranspose2d() = default;
  /// Takes `weight` [in, out / groups, rows, columns] and, as the options say, `bias` [out].
  ConvTranspose2d(const Weights& weights, std::int64_t in, std::int64_t out,
                  const ConvolutionOptions& options);

  at::Tensor operator()(const at::Tensor& x) const;

 private:
  at::Tensor weight_, bias_;
  ConvolutionOptions options_;
};

/// A batch norm of inference: y = (x - running_mean) / sqrt(running_var + eps) * weight + bias, by
/// channel. As a step of its own where no convolution comes directly before it.
class BatchNorm2d {
 public:
  BatchNorm2d() = default;
  /// Takes `weight`, `bias`, `running_mean` and `running_var`, each [channels].
  BatchNorm2d(const Weights& weights, std::int64_t channels, double eps = 1e-5);

  /// x [batch, channels, …] → the same shape.
  at::Tensor operator()(const at::Tensor& x) const;
  bool defined() const { return scale_.defined(); }

 private:
  friend class ConvBatchNorm2d;
  at::Tensor scale_, shift_;  ///< [channels]
};

/// A convolution and the batch norm after it, as one convolution.
class ConvBatchNorm2d {
 public:
  ConvBatchNorm2d() = default;
  ConvBatchNorm2d(const Conv2d& convolution, const BatchNorm2d& norm);
  at::Tensor operator()(const at::Tensor& x) const { return convolution_(x); }
  bool defined() const { return convolution_.defined(); }

 private:
  Conv2d convolution_;
};

/// Group normalisation (Wu & He 2018).
class GroupNorm {
 public:
  GroupNorm() = default;
  GroupNorm(const Weights& weights, std::int64_t groups, std::int64_t channels, double eps = 1e-5);
  /// x [batch, channels, …] → the same shape.
  at::Tensor operator()(const at::Tensor& x) const;

 private:
  at::Tensor weight_, bias_;
  std::int64_t groups_ = 1;
  double eps_ = 0;
};

}  // namespace orrery::nn
