#pragma once

#include <array>
#include <memory>

#include "core/nn/activation.h"
#include "core/nn/packed_convolution.h"
#include "core/nn/weights.h"

namespace orrery::nn {

/// Sizes of a two-dimensional convolution, each as {rows, columns}.
struct ConvolutionOptions {
  using Pair = std::array<std::int64_t, 2>;

  Pair kernel{1, 1}, stride{1, 1}, padding{0, 0}, dilation{1, 1};
  std::int64_t groups = 1;
  bool bias = true;  ///< whether the checkpoint has one
  /// Zeros that only the end of a picture gets, beyond `padding`.
  Pair endPadding{0, 0};
  /// TensorFlow's padding instead: as many zeros as give ceil(size / stride), an odd one at the
  /// end.
  bool tensorflowPadding = false;

  /// A square kernel that keeps the size at stride 1.
  static ConvolutionOptions same(std::int64_t kernel, std::int64_t stride = 1,
                                 std::int64_t groups = 1, bool bias = true);
  /// Non-overlapping patches of `patch` pixels.
  static ConvolutionOptions patches(std::int64_t patch, bool bias = true);
};

/// torch.nn.Conv2d. x [batch, in, height, width] → [batch, out, height', width'], float32, with
/// channels innermost in memory where LibTorch has oneDNN.
class Conv2d {
 public:
  Conv2d() = default;
  /// Takes `weight` [out, in / groups, rows, columns] and, as the options say, `bias` [out].
  Conv2d(const Weights& weights, std::int64_t in, std::int64_t out,
         const ConvolutionOptions& options);
  /// The same without bias, with weights that have mean 0 and variance 1 for each channel that
  /// comes out (Qiao et al. 2019); they are made so once, here. `eps` is added to the variance. An
  /// Error if the weights are to be trained.
  static Conv2d standardized(const Weights& weights, std::int64_t in, std::int64_t out,
                             const ConvolutionOptions& options, double eps);

  /// An Error if the padded picture is smaller than the kernel.
  at::Tensor operator()(const at::Tensor& x) const;
  bool defined() const { return weight_.defined(); }

 private:
  friend class ConvBatchNorm2d;
  Conv2d(at::Tensor weight, at::Tensor bias, const ConvolutionOptions& options);
  /// The same, plus `residual` where defined, then the activation.
  at::Tensor run(const at::Tensor& x, const at::Tensor& residual,
                 const FusedActivation& activation) const;

  at::Tensor weight_, bias_;
  ConvolutionOptions options_;
  std::shared_ptr<const PackedConvolution> packed_;  ///< null without oneDNN
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
  at::Tensor scale_, shift_;  ///< [channels] float64
};

/// A convolution, the batch norm after it and an activation as one step.
class ConvBatchNorm2d {
 public:
  ConvBatchNorm2d() = default;
  ConvBatchNorm2d(const Conv2d& convolution, const BatchNorm2d& norm,
                  std::string_view activation = "linear");
  at::Tensor operator()(const at::Tensor& x) const;
  /// The same with `residual`, of the result's shape, added before the activation.
  at::Tensor operator()(const at::Tensor& x, const at::Tensor& residual) const;
  bool defined() const { return convolution_.defined(); }

 private:
  Conv2d convolution_;
  Activation activation_ = nullptr;
  std::optional<FusedActivation> fused_;  ///< the same; none where oneDNN has none
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
