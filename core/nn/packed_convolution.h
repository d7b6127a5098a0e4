#pragma once

#include <ATen/ATen.h>

#include <mutex>
#include <optional>
#include <string_view>
#include <vector>

namespace orrery::nn {

/// An activation that oneDNN computes where a convolution writes its result.
struct FusedActivation {
  const char* name = "none";
  std::vector<double> scalars = {};
  const char* algorithm = "";

  /// Whether oneDNN computes it of a sum too; of all but one it does so of the convolution alone.
  bool followsSum() const {
    return std::string_view(name) == "none" || std::string_view(name) == "relu";
  }
};

/// The one of that name ("relu", "silu", …), or nothing if oneDNN has none.
std::optional<FusedActivation> fusedActivation(std::string_view name);

/// Numbers of a convolution, each pair as {rows, columns}.
struct ConvolutionGeometry {
  std::vector<std::int64_t> padding, stride, dilation;
  std::int64_t groups = 1;
};

/// A two-dimensional convolution through oneDNN, channels innermost, with what follows it in the
/// same pass. Its weights are laid out once for the size of picture that comes, and again when
/// another size comes. Thread-safe.
class PackedConvolution {
 public:
  /// Whether LibTorch has oneDNN here.
  static bool available();

  /// `weight` [out, in / groups, rows, columns], `bias` [out] or undefined, both float32.
  PackedConvolution(at::Tensor weight, at::Tensor bias)
      : weight_(std::move(weight)), bias_(std::move(bias)) {}

  /// activation(convolution(x) + residual): x [batch, in, height, width] float32, `residual` of the
  /// result's shape or undefined.
  at::Tensor operator()(const at::Tensor& x, const at::Tensor& residual,
                        const ConvolutionGeometry& geometry,
                        const FusedActivation& activation) const;

 private:
  at::Tensor weightFor(const at::Tensor& x, const ConvolutionGeometry& geometry) const;

  at::Tensor weight_, bias_;
  mutable std::mutex mutex_;
  mutable at::Tensor packed_;
  mutable std::vector<std::int64_t> packedFor_;  ///< shape of x and padding
};

}  // namespace orrery::nn
