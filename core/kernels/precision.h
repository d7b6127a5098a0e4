#pragma once

#include <string_view>

#include "core/checkpoint/dtype.h"

namespace orrery::kernels {

/// Element type that the weights of large products take in memory.
enum class Precision {
  kAuto,     ///< as they lie in the file; packed types stay packed
  kFloat32,  ///< exact: everything is float32
  kBFloat16,
  kFloat16,
};

/// "auto", "float32", "bfloat16", "float16" as `--dtype` takes them; an Error lists them otherwise.
Precision precisionFromName(std::string_view name);

/// Whether values of that type are weights by themselves: not whole numbers, which some quantized
/// checkpoints hold.
bool holdsWeights(checkpoint::DType dtype);

/// The type that a matrix of type `stored` takes in memory. At kAuto it stays what it is if it can
/// be multiplied where it lies; other block types are unpacked to bfloat16 while loading, other
/// scalars become float32.
checkpoint::DType dtypeInMemory(checkpoint::DType stored, Precision precision);

}  // namespace orrery::kernels
