#pragma once

#include <initializer_list>
#include <string>
#include <vector>

#include "core/nn/weights.h"

namespace orrery::kernels {
struct Matrix;
}

namespace orrery::nn {

/// y = x W^T + b. Activations are float32; the weight stays in memory as `Weights::precision` says,
/// by default as it lies in the file, block types included, and is multiplied there. Few rows of x
/// go to kernels that are bound by reading W once; many by bfloat16 or block types to kernels that
/// multiply in bfloat16, where the processor has them; the rest to LibTorch's matrix product in the
/// weight's precision.
class Linear {
 public:
  enum class Bias { kNone, kRequired, kIfPresent };
  /// How the file stores the matrix: [out, in] as torch.nn.Linear, or [in, out] as GPT-2's Conv1D.
  enum class Layout { kOutIn, kInOut };

  Linear() = default;
  /// Takes `weight` [out, in] and, as `bias` says, `bias` [out] from the scope.
  Linear(const Weights& weights, std::int64_t in, std::int64_t out, Bias bias = Bias::kIfPresent,
         Layout layout = Layout::kOutIn);
  /// From a view of [out, in], for tied embeddings and parts of fused tensors.
  Linear(checkpoint::TensorView weight, at::Tensor bias, Precision precision);
  /// From a parameter [out, in] that training changes in place.
  Linear(const at::Tensor& weight, at::Tensor bias);

  /// What a product of many rows comes in: as float32, or as LibTorch has computed it, for an
  /// operation that can go on from either.
  enum class Output { kFloat32, kProductType };

  /// x [..., in] float32 or productType() → [..., out] float32. Where x or the weight requires a
  /// gradient it is one operation of LibTorch, in the type that its autocast says.
  at::Tensor operator()(const at::Tensor& x) const;

  /// Each layer's result on one x, in that order: one pass of the threads where x has few rows.
  static std::vector<at::Tensor> together(std::initializer_list<const Linear*> layers,
                                          const at::Tensor& x, Output output = Output::kFloat32);

  /// The type in which many rows are multiplied.
  at::ScalarType productType() const {
    return dense_.defined() ? dense_.scalar_type() : at::kBFloat16;
  }

  std::int64_t inFeatures() const { return in_; }
  std::int64_t outFeatures() const { return out_; }

 private:
  static std::vector<at::Tensor> traced(std::initializer_list<const Linear*> layers,
                                        const at::Tensor& x);
  void store(const checkpoint::TensorView& weight, Precision precision);
  kernels::Matrix matrix() const;
  at::Tensor multiplyMany(const at::Tensor& rows, Output output) const;

  std::int64_t in_ = 0, out_ = 0;
  checkpoint::TensorView weight_;  ///< what the kernels read
  at::Tensor dense_;               ///< the same bytes as a tensor; undefined for packed types
  at::Tensor bias_;
  bool exact_ = false;  ///< float32 was asked for: no rounding of activations
};

/// Rows of a matrix by index: W[ids]. The matrix stays as it lies; rows are unpacked when looked
/// up.
class Embedding {
 public:
  Embedding() = default;
  Embedding(const Weights& weights, std::int64_t count, std::int64_t dim);

  /// ids [...] int64 → [..., dim] float32. An id out of range is an Error that names it and the
  /// matrix.
  at::Tensor operator()(const at::Tensor& ids) const;

  /// The output layer that shares this matrix.
  Linear tiedLinear(at::Tensor bias = {}) const;
  std::int64_t count() const { return weight_.shape.empty() ? 0 : weight_.shape[0]; }

 private:
  std::string name_;  ///< in the checkpoint
  checkpoint::TensorView weight_;
  at::Tensor dense_;
  Precision precision_ = Precision::kAuto;
};

}  // namespace orrery::nn
