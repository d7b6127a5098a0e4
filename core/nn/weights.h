#pragma once

#include <ATen/ATen.h>

#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "core/checkpoint/weight_source.h"
#include "core/kernels/precision.h"
#include "core/nn/parameters.h"

namespace orrery::nn {

using Shape = std::vector<std::int64_t>;

using kernels::Precision;

/// A path into a checkpoint from which a model takes its parts by name:
///
///     Mlp(Weights w, const Config& c) : gate_(w / "gate_proj", c.hidden, c.ffn), …
///
/// Compares shapes, remembers what was taken, and names the full tensor in every Error. Copies
/// share the record of what was taken. Not thread-safe while a model is being built.
class Weights {
 public:
  Weights(std::shared_ptr<const checkpoint::WeightSource> source, Precision precision);
  /// For training: what tensor() gives is kept in `parameters` and requires a gradient. Where these
  /// begin what `source` lacks, every tensor that a layer may have is there.
  Weights(std::shared_ptr<const checkpoint::WeightSource> source,
          std::shared_ptr<Parameters> parameters);

  /// The scope below `name`: "model" / "layers" / 0 reads "model.layers.0.…".
  Weights operator/(std::string_view name) const;
  Weights operator/(std::int64_t index) const;

  /// Whether a tensor of that name, relative to this scope, is there. Does not take it.
  bool has(std::string_view name) const;
  /// Whether any tensor lies in this scope.
  bool hasAny() const;

  /// The tensor as float32, copied only where the file has another type. An Error if it is missing
  /// or its shape differs. `begin` is how it begins in training if not as usual.
  at::Tensor tensor(std::string_view name, const Shape& shape, const Begin& begin = {}) const;
  /// The same, or an undefined tensor if it is not there.
  at::Tensor tensorIf(std::string_view name, const Shape& shape) const;
  /// A tensor that no gradient changes: a constant, or a statistic that training passes move.
  at::Tensor buffer(std::string_view name, const Shape& shape, const Begin& begin = {}) const;
  /// A count of training steps, one int64. Undefined in inference, which needs none.
  at::Tensor counter(std::string_view name) const;
  /// The tensor where it lies, for packed products; shape checked. Whole numbers are no weights:
  /// an Error, as for tensor(). In training an Error too: what reads weights there has no gradient.
  checkpoint::TensorView view(std::string_view name, const Shape& shape) const;
  /// Bytes of a packed form that the model itself unpacks: a tensor of type U8.
  checkpoint::TensorView bytes(std::string_view name, const Shape& shape) const;
  /// The shape in the file; empty if there is no such tensor.
  Shape shapeOf(std::string_view name) const;
  /// Counts a tensor as used that a model deliberately leaves out (a buffer, a tied copy).
  void ignore(std::string_view name) const;

  /// Names under this scope that nobody took.
  std::vector<std::string> leftOver() const;

  Precision precision() const { return precision_; }
  bool trains() const { return shared_->parameters != nullptr; }
  const std::string& path() const { return prefix_; }

 private:
  enum class Holds { kNumbers, kBytes };
  std::string full(std::string_view name) const;
  checkpoint::TensorView take(std::string_view name, const Shape& shape, Holds holds) const;
  at::Tensor parameter(std::string_view name, const Shape& shape, const Begin& begin,
                       Parameters::Kind kind) const;

  struct Shared {
    std::shared_ptr<const checkpoint::WeightSource> source;
    std::set<std::string, std::less<>> taken;
    std::vector<std::string> sortedNames;
    std::shared_ptr<Parameters> parameters;  ///< null in inference
  };
  std::shared_ptr<Shared> shared_;
  Precision precision_;
  std::string prefix_;
};

/// `view` as a tensor of its own scalar type that shares the bytes; an Error for packed types.
at::Tensor asTensor(const checkpoint::TensorView& view);
/// `view` as float32, whatever it holds.
at::Tensor toFloat32(const checkpoint::TensorView& view);

/// `tensor`'s bytes as a view of type `dtype` that keeps them alive; copied if it is not
/// contiguous.
checkpoint::TensorView viewOf(const at::Tensor& tensor, checkpoint::DType dtype);
/// Unpacks `bytes` of a packed type into `count` floats.
void unpack(checkpoint::DType dtype, std::span<const std::byte> bytes, float* to,
            std::int64_t count);

/// "[64, 128]"
std::string shapeText(const Shape& shape);

}  // namespace orrery::nn
