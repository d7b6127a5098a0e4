#include "core/kernels/precision.h"

#include "core/base/error.h"
#include "core/kernels/matvec.h"

namespace orrery::kernels {

using checkpoint::DType;

Precision precisionFromName(std::string_view name) {
  if (name == "auto") return Precision::kAuto;
  if (name == "float32") return Precision::kFloat32;
  if (name == "bfloat16") return Precision::kBFloat16;
  if (name == "float16") return Precision::kFloat16;
  throw Error(ErrorKind::kInvalidInput,
              "dtype: expected auto, float32, bfloat16 or float16, found {}", quoted(name));
}

bool holdsWeights(DType dtype) {
  switch (dtype) {
    case DType::kBool:
    case DType::kU8:
    case DType::kI8:
    case DType::kU16:
    case DType::kI16:
    case DType::kU32:
    case DType::kI32:
    case DType::kU64:
    case DType::kI64:
      return false;
    default:
      return true;
  }
}

DType dtypeInMemory(DType stored, Precision precision) {
  switch (precision) {
    case Precision::kAuto:
      if (canMultiply(stored)) return stored;
      return checkpoint::isPacked(stored) ? DType::kBF16 : DType::kF32;
    case Precision::kFloat32:
      return DType::kF32;
    case Precision::kBFloat16:
      return DType::kBF16;
    case Precision::kFloat16:
      return DType::kF16;
  }
  throw Error(ErrorKind::kInternal, "unknown precision");
}

}  // namespace orrery::kernels
